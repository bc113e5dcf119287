// Exported networks in onnxruntime: npm run parity:networks -- --exported [PART OF A LABEL]
// PYTHON names a Python that has onnx and onnxruntime (requirements.txt).
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectureOf, architectureNames, architectures } from '../../src/models/networks/index.js';
import { classifier, loadModel } from '../../src/models/index.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { attentionOf, camOf } from '../export/expected.js';
import { drawWeights } from '../export/networks.js';
import { runExported, writeExported, type Found, type Precision } from './in-onnxruntime.js';
import { operatorCases } from './operators-main.js';
import { floats } from './operators.js';

/** Of the largest value. */
const limits = { float32: 1e-4, float16: 2e-2 };
// What opset 17 has no operator for: the exporter says so.
const refused = /^(AveragePool dilated|Resize .*(half_pixel_symmetric|antialias))/;

// Products of 64 numbers below 1 are below what float16 holds, a remainder and an equality jump.
const noHalf = /^(ReduceProd|Mod fmod|Equal)/;

/** Prints what differs, a line for each operator and each architecture. @returns whether all agree */
export async function exportedAgree(part = ''): Promise<boolean> {
  await loadTensorflow();
  const operators = await operatorsHold(part);
  const networks = architecturesHold(part);
  return operators && networks;
}

async function operatorsHold(part: string): Promise<boolean> {
  const given = operatorCases();
  const image = tf.tensor4d(floats(given.image), [2, 8, 8, 3]);
  const worst = new Map<string, { cases: number; failed: number; float32: number; float16: number }>();
  const folder = mkdtempSync(join(tmpdir(), 'camtune-exported-'));
  const labels: string[] = [];
  const rowOf = (label: string) => {
    const operator = label.split(' ')[0]!;
    const row = worst.get(operator) ?? { cases: 0, failed: 0, float32: 0, float16: 0 };
    worst.set(operator, row);
    return row;
  };
  try {
    const path = join(folder, 'operator.onnx');
    for (const { label, model: bytes } of given.cases.filter(({ label }) => label.includes(part))) {
      const row = rowOf(label);
      row.cases++;
      try {
        writeFileSync(path, Buffer.from(bytes, 'base64'));
        const { model } = await loadModel(path);
        for (const precision of noHalf.test(label)
          ? (['float32'] as const)
          : (['float32', 'float16'] as const)) {
          writeExported(join(folder, 'cases', String(labels.length)), model, image, precision);
          labels.push(`${label} ${precision}`);
        }
        model.dispose();
      } catch (error) {
        if (refused.test(label)) continue;
        row.failed++;
        console.log(`${label}: ${(error as Error).message.slice(0, 200)}`);
      }
    }
    for (const { case: index, logits, error } of labels.length > 0
      ? runExported(join(folder, 'cases'))
      : []) {
      const label = labels[Number(index)]!;
      const precision = label.endsWith('float16') ? 'float16' : 'float32';
      const row = rowOf(label);
      row[precision] = Math.max(row[precision], logits ?? 0);
      if (logits !== undefined && logits <= limits[precision]) continue;
      row.failed++;
      console.log(`${label}: ${error ?? logits}`);
    }
  } finally {
    image.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
  if (worst.size > 0) console.log(['operator', 'cases', 'failed', 'float32', 'float16'].join('\t'));
  for (const [operator, { cases, failed, float32, float16 }] of [...worst].sort(([a], [b]) =>
    a < b ? -1 : 1,
  ))
    console.log([operator, cases, failed, float32.toExponential(1), float16.toExponential(1)].join('\t'));
  return [...worst.values()].every(({ failed }) => failed === 0);
}

function architecturesHold(part: string): boolean {
  let isFine = true;
  for (const name of architectureNames().filter((name) => name.includes(part))) {
    const { architecture, config } = architectureOf(name);
    const folder = mkdtempSync(join(tmpdir(), 'camtune-exported-'));
    try {
      const inputSize = architectures().includes(architecture) && !architecture.fixedSize ? 64 : undefined;
      const model = architecture.build(config, {
        classes: 10,
        initial: 'zeros',
        ...(inputSize && { inputSize }),
      });
      drawWeights(model);
      const side = model.inputs[0]!.shape[1]!;
      const image = tf.tidy(() =>
        tf.mul(2, tf.sin(tf.reshape(tf.range(0, 6 * side * side), [2, side, side, 3]))),
      );
      for (const precision of ['float32', 'float16'] as const)
        writeExported(join(folder, precision), model, image as tf.Tensor4D, precision, mapsOf(model));
      tf.dispose(image);
      model.dispose();
      const found = runExported(folder);
      const row = found.map((one) => {
        const { case: precision, logits, map, exact, error } = one;
        const holds = (logits ?? Infinity) <= limits[precision as Precision] && mapHolds(one);
        isFine &&= holds;
        const float64 = exact
          ? ` (${exact.ours.toExponential(1)} from float64, onnxruntime ${exact.runtime.toExponential(1)})`
          : '';
        const map_ = map === undefined ? '' : `, map ${map.toExponential(1)}${float64}`;
        return `${precision}: ${error ?? `logits ${logits!.toExponential(1)}${map_}`}${holds ? '' : ' TOO FAR'}`;
      });
      console.log([name, ...row].join('\t'));
      if (found.length !== 2) isFine = false;
    } catch (error) {
      isFine = false;
      console.log(`${name}: ${(error as Error).message.slice(0, 300)}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return isFine;
}

/** How the map of a network is computed here; undefined where it has none. */
function mapsOf(model: LayersModel): ((image: tf.Tensor4D) => tf.Tensor3D) | undefined {
  if (model.layers.some((layer) => layer.getClassName() === 'SelfAttention'))
    return (image) => attentionOf(model, image);
  const network = classifier(model);
  return network.linearHead && ((image) => camOf(network, image, network.logits(image)));
}

/**
 * A map is scaled by its own least and largest value: where these are near each other, rounding alone moves it in both
 * programs. Then float64 judges.
 */
function mapHolds({ case: precision, map = 0, exact }: Found): boolean {
  return exact
    ? exact.ours <= Math.max(limits.float32, 2 * exact.runtime)
    : map <= limits[precision as Precision];
}
