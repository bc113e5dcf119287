import * as tf from '@tensorflow/tfjs-core';
import { areaUnderCurve, rankPixels } from '../../src/metrics/index.js';
import {
  denoise,
  gaussianKernel,
  groupSizes,
  maskMaker,
  minMax,
  percentile,
  upsample,
} from '../../src/explain/index.js';
import { difference, type Finding, type Uncovered } from './finding.js';
import type { Folder } from './folder.js';
import { toTensor } from './npy.js';

interface List {
  values: number[];
}
type Unit = (golden: never, name: string) => [found: ArrayLike<number>, expected: ArrayLike<number>][];

/** The small parts by how their names begin in `unit`. */
const units: Readonly<Record<string, Unit>> = {
  gaussianKernel: (golden: number[], name) => {
    const [size, sigma] = name.split('_').slice(1).map(Number) as [number, number];
    return [[gaussianKernel({ size, sigma }), golden]];
  },
  percentile: ({
    values,
    theta,
    result,
    ...rest
  }: List & { theta: number; result: number; kept_if_greater: number[] }) => [
    [read(() => percentile(row(values), theta)), [result]],
    [read(() => denoise(row(values), theta)), rest.kept_if_greater],
  ],
  minmaxConstant: ({ values, result }: List & { result: number[] }) => [
    [read(() => minMax(row(values))), result],
  ],
  stableDescendingOrder: ({ values, order }: List & { order: number[] }) => [
    [rankPixels(Float32Array.from(values)), order],
  ],
  auc: ({ scores, result }: { scores: number[]; result: number }) => [[[areaUnderCurve(scores)], [result]]],
  groupSizes: (golden: Record<string, number[]>) =>
    Object.entries(golden).map(([name, sizes]) => {
      const [channels, groups] = [...name.matchAll(/\d+/g)].map(Number) as [number, number];
      return [groupSizes(channels, groups, name.includes('chunk') ? 'full' : 'even'), sizes];
    }),
};

/** The folder's small parts: kernels, percentiles, ties, areas, resizing, masks of RISE. */
export function* unitFindings({ goldens, array }: Folder): Generator<Finding | Uncovered> {
  for (const [name, golden] of Object.entries(goldens.unit ?? {})) {
    const unit = units[name.split('_')[0]!];
    if (!unit) {
      yield { uncovered: `unit · ${name}`, reason: 'no check of that name' };
      continue;
    }
    for (const [found, expected] of unit(golden as never, name)) {
      yield { what: `unit · ${name}`, where: name, difference: difference(found, expected), limit: 1e-6 };
    }
  }
  for (const [name, path] of Object.entries(goldens.assets?.unit ?? {})) {
    const to = name.endsWith('In') && goldens.assets?.unit?.[name.replace(/In$/, 'Out')];
    if (!to) continue;
    const [from, expected] = [array(path), array(to)];
    const found = read(() => upsample(toTensor(from), expected.shape as [number, number]));
    yield { what: 'unit · resize', where: name, difference: difference(found, expected.values), limit: 1e-5 };
  }
  const rise = goldens.assets?.rise;
  if (!rise?.masksFirst4) return;
  const [grids, offsets, masks] = [array(rise.grids), array(rise.offsets), array(rise.masksFirst4)];
  const [count, height, width] = masks.shape as [number, number, number];
  const found = read(() => {
    const drawn = {
      grids: toTensor<tf.Tensor3D>(grids),
      offsets: toTensor<tf.Tensor2D>(offsets, 'int32'),
    };
    return maskMaker(drawn, [height, width])(tf.range(0, count, 1, 'int32'));
  });
  yield {
    what: 'unit · masks of RISE',
    where: rise.masksFirst4,
    difference: difference(found, masks.values),
    limit: 1e-5,
  };
}

function row(values: number[]): tf.Tensor3D {
  return tf.tensor3d([[values]]);
}

function read(make: () => tf.Tensor): ArrayLike<number> {
  const made = tf.tidy(make);
  const values = made.dataSync();
  made.dispose();
  return values;
}
