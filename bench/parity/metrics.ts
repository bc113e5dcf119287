import * as tf from '@tensorflow/tfjs-core';
import { perturbationScores } from '../../src/evaluate/index.js';
import {
  areaUnderCurve,
  energyInside,
  hits,
  mapSimilarity,
  mostSalientPixel,
  placesOf,
  rankPixels,
  rectanglesMask,
  type MapSimilarity,
  type Rectangle,
} from '../../src/metrics/index.js';
import { gaussianBlur } from '../../src/explain/index.js';
import { difference, type Finding, type Uncovered } from './finding.js';
import type { Folder } from './folder.js';
import type { GoldenCase, GoldenMetrics, GoldenSanity } from './format.js';

/** A metric on a stored map: what it is for it, beside what is stored. */
interface Subject {
  folder: Folder;
  case: GoldenCase;
  /** The stored map, min-max to [0, 1]. */
  map: Float32Array;
  width: number;
  golden: GoldenMetrics;
}
type Found = { quantity?: string; found: ArrayLike<number>; expected: ArrayLike<number>; limit: number };
type Metric = (subject: Subject, golden: never) => Promise<Found[]> | Found[];

interface Curve {
  scores: number[];
  auc: number;
}
interface Box {
  classIndex: number;
  box: [number, number, number, number];
  energy: number | null;
  hit: boolean;
  hitTolerance15: boolean;
}

/** Every metric on a map by its name in the folder: another one plugs in here. */
const metrics: Readonly<Record<string, Metric>> = {
  insertionBlur: (subject, golden: Curve) => curve(subject, 'insertion', 'blur', golden),
  deletionBlur: (subject, golden: Curve) => curve(subject, 'deletion', 'blur', golden),
  deletionZeros: (subject, golden: Curve) => curve(subject, 'deletion', 'zeros', golden),
  overall: ({ golden: all }, golden: number) => {
    const area = (name: string) => areaUnderCurve((all[name] as Curve).scores);
    return [{ found: [area('insertionBlur') - area('deletionBlur')], expected: [golden], limit: 1e-5 }];
  },
  tiedPixels: ({ map }, golden: number) => [
    { found: [map.length - new Set(map).size], expected: [golden], limit: 0 },
  ],
  argmax: ({ map, width }, golden: { x: number; y: number } | null) => {
    const pixel = mostSalientPixel(map, width);
    // A constant map has no argmax: a folder that has its first pixel (numpy's answer) says the same.
    const expected = golden && (pixel || golden.x + golden.y > 0) ? [golden.x, golden.y] : [];
    return [{ found: pixel ? [pixel.x, pixel.y] : [], expected, limit: 0 }];
  },
  boxes: ({ map, width, folder: { goldens } }, golden: Box[]) => {
    const pixel = mostSalientPixel(map, width);
    const tolerance = Number(/\d+(\.\d+)?/.exec(goldens.conventions.pointingTolerance ?? '15')?.[0]);
    return golden.flatMap(({ box: [left, top, right, bottom], energy, hit, hitTolerance15 }): Found[] => {
      const rectangle: Rectangle = { left, top, right, bottom };
      const inside = energyInside(map, rectanglesMask([rectangle], width, map.length / width));
      // Nor does a constant map hit, wherever its first pixel lies.
      const expected = (stored: boolean) => [Number(stored && pixel !== undefined)];
      return [
        { quantity: 'energy', found: orNone(inside), expected: orNone(energy), limit: 1e-5 },
        { quantity: 'hit', found: [Number(hits(pixel, [rectangle]))], expected: expected(hit), limit: 0 },
        {
          quantity: 'hit with tolerance',
          found: [Number(hits(pixel, [rectangle], tolerance))],
          expected: expected(hitTolerance15),
          limit: 0,
        },
      ];
    });
  },
};

/** Every likeness of two maps by its name in the folder. */
const similarities: Readonly<Record<string, keyof MapSimilarity>> = {
  spearman: 'spearman',
  spearmanAbs: 'spearmanAbsolute',
  ssimGaussian: 'ssim',
  ssimUniform7: 'ssimUniform',
  hogSpearman: 'hog',
  maskIoU: 'maskIoU',
};
const described = new Set(['image', 'a', 'b', 'transform']);

/** Every metric of the folder on the stored maps. */
export async function* metricFindings(folder: Folder): AsyncGenerator<Finding | Uncovered> {
  for (const entry of folder.goldens.cases) {
    for (const [method, golden] of Object.entries(entry.metrics ?? {})) {
      const stored = entry.methods?.[method]?.norm;
      if (!stored) {
        yield { uncovered: `metrics of ${method}`, reason: 'no map is stored for them' };
        continue;
      }
      const { shape, values } = folder.array(stored);
      const subject: Subject = {
        folder,
        case: entry,
        map: Float32Array.from(values),
        width: shape[1]!,
        golden,
      };
      for (const [name, value] of Object.entries(golden)) {
        const metric = metrics[name];
        if (!metric) {
          yield { uncovered: name, reason: 'no metric of that name' };
          continue;
        }
        for (const { quantity, found, expected, limit } of await metric(subject, value as never)) {
          const what = quantity ? `${name} · ${quantity}` : name;
          const where = `${entry.image}, class ${entry.classIndex}, ${method}`;
          yield { what, where, difference: difference(found, expected), limit };
        }
      }
    }
  }
  for (const entry of folder.goldens.sanity ?? []) yield* sanityFindings(folder, entry);
}

function* sanityFindings({ array }: Folder, golden: GoldenSanity): Generator<Finding | Uncovered> {
  const [one, other] = [array(golden.a), array(golden.b)];
  // Signed attributions are summed over their channels.
  const flat = ({ shape, values }: typeof one): Float32Array => {
    const channels = shape[2] ?? 1;
    return Float32Array.from({ length: values.length / channels }, (_, pixel) =>
      values.subarray(pixel * channels, (pixel + 1) * channels).reduce((sum, value) => sum + value, 0),
    );
  };
  const found = mapSimilarity(flat(one), flat(other), one.shape[1]!);
  for (const [name, value] of Object.entries(golden)) {
    if (described.has(name)) continue;
    const ours = similarities[name];
    if (!ours) {
      yield { uncovered: `sanity · ${name}`, reason: 'no metric of that name' };
      continue;
    }
    const far = difference(orNone(found[ours]), orNone(value as number | null));
    yield { what: `sanity · ${name}`, where: `${golden.a} and ${golden.b}`, difference: far, limit: 1e-4 };
  }
}

async function curve(
  { folder, case: entry, map, width }: Subject,
  kind: 'insertion' | 'deletion',
  fill: 'blur' | 'zeros',
  golden: Curve,
): Promise<Found[]> {
  const { metricStep = 256, metricBlur = { taps: 51, sigma: 50 } } = folder.goldens.conventions;
  const network = await folder.network(entry.net);
  const image = await folder.images([entry.image]);
  const scores = tf.tidy(() => {
    const empty =
      fill === 'zeros'
        ? tf.zerosLike(image)
        : gaussianBlur(image, { size: metricBlur.taps, sigma: metricBlur.sigma });
    const [from, to] = kind === 'insertion' ? [empty, image] : [image, empty];
    const places = tf.tensor3d(placesOf(rankPixels(map)), [1, map.length / width, width], 'int32');
    const target = tf.tensor1d([entry.classIndex], 'int32');
    const settings = { pixelsPerStep: metricStep, chunk: 32 };
    return Array.from(perturbationScores(network, from, to, places, target, settings).dataSync());
  });
  image.dispose();
  return [
    { quantity: 'scores', found: scores, expected: golden.scores, limit: 1e-5 },
    { quantity: 'auc', found: [areaUnderCurve(scores)], expected: [golden.auc], limit: 1e-5 },
  ];
}

function orNone(value: number | null): number[] {
  return value === null ? [] : [value];
}
