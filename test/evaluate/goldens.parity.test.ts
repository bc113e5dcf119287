import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cpuBackend, fastestBackend } from '../backend.js';
import { inFill, perturbationScores, type InFill } from '../../src/evaluate/index.js';
import {
  areaUnderCurve,
  energyInside,
  hits,
  mapSimilarity,
  mostSalientPixel,
  placesOf,
  rankPixels,
  rectanglesMask,
} from '../../src/metrics/index.js';
import { compile } from '../../src/tensorflow/index.js';
import { difference, goldenClassifier, goldenImages, goldens, npy } from '../explain/goldens.js';

interface Curve {
  scores: number[];
  auc: number;
}

interface Metrics {
  insertionBlur: Curve;
  deletionBlur: Curve;
  deletionZeros: Curve;
  overall: number;
  argmax: { x: number; y: number } | null;
  boxes: {
    box: [number, number, number, number];
    energy: number | null;
    hit: boolean;
    hitTolerance15: boolean;
  }[];
}

interface SanityPair {
  a: string;
  b: string;
  spearman: number | null;
  spearmanAbs?: number | null;
  ssimUniform7: number;
  ssimGaussian: number;
  hogSpearman: number | null;
  maskIoU: number | null;
}

/** What the golden file holds for metrics. */
interface MetricGoldens {
  unit: {
    stableDescendingOrder: { values: number[]; order: number[] };
    auc: { scores: number[]; result: number };
  };
  cases: {
    image: string;
    net: string;
    classIndex: number;
    methods: Record<string, { norm: string }>;
    metrics?: Record<string, Metrics>;
  }[];
  sanity: SanityPair[];
}

const set = goldens();
const folder = resolve(import.meta.dirname, '../../../shared/goldens');

/** The limits of goldens/README.md for scores; what follows from them in double precision is exact. */
const scoreLimit = 1e-5;
const similarityLimit = 1e-6;
/** Ties between features of bilinear maps are broken by the last bit of a sum: up to 2.3e-5 was seen. */
const hogLimit = 1e-4;

describe('metrics on the golden numbers (../shared/goldens)', function () {
  if (!set) {
    it.skip('there is no ../shared/goldens beside this checkout');
    return;
  }
  const metrics = JSON.parse(readFileSync(resolve(folder, 'goldens.json'), 'utf8')) as MetricGoldens;
  const cases = metrics.cases.filter((entry) => entry.metrics);
  const mapOf = (name: string) => Float32Array.from(npy(name).values);

  before(async () => void (await fastestBackend()));
  after(cpuBackend);

  it('orders and sums as the unit values', () => {
    const { stableDescendingOrder: order, auc } = metrics.unit;
    expect([...rankPixels(Float32Array.from(order.values))]).to.deep.equal(order.order);
    expect(areaUnderCurve(auc.scores)).to.be.closeTo(auc.result, 1e-15);
  });

  for (const net of Object.keys(set.nets)) {
    it(`${net}: insertion and deletion`, async () => {
      const network = await goldenClassifier(set, net);
      const entries = cases
        .filter((entry) => entry.net === net)
        .flatMap((entry) =>
          Object.entries(entry.metrics!).map(([name, golden]) => ({ entry, name, golden })),
        );
      expect(entries).to.not.be.empty;
      const blur: InFill = { kind: 'blur', size: 51, sigma: 50 };
      const kinds = {
        insertionBlur: { fill: blur, insert: true },
        deletionBlur: { fill: blur, insert: false },
        deletionZeros: { fill: { kind: 'zeros' } as InFill, insert: false },
      };
      const score = compile((x: tf.Tensor4D, places: tf.Tensor3D, target: tf.Tensor1D) =>
        tf.tidy(() =>
          tf.stack(
            Object.values(kinds).map(({ fill, insert }) => {
              const other = inFill(x, fill);
              const [from, to] = insert ? [other, x] : [x, other];
              return perturbationScores(network, from, to, places, target, { pixelsPerStep: 256, chunk: 17 });
            }),
          ),
        ),
      );
      const tensors = tf.memory().numTensors;
      for (const { entry, name, golden } of entries) {
        const x = await goldenImages([set.images.find(({ id }) => id === entry.image)!.file]);
        const map = mapOf(entry.methods[name]!.norm);
        const places = tf.tensor3d(placesOf(rankPixels(map)), [1, 64, 64], 'int32');
        const target = tf.tensor1d([entry.classIndex], 'int32');
        const scores = score(x, places, target);
        const curves = (scores.arraySync() as number[][][]).map(([curve]) => curve!);
        tf.dispose([x, places, target, scores]);
        const areas = Object.fromEntries(
          Object.keys(kinds).map((kind, index) => {
            const expected = golden[kind as keyof typeof kinds];
            expect(difference(curves[index]!, expected.scores), `${entry.image} ${name} ${kind}`).to.be.below(
              scoreLimit,
            );
            const area = areaUnderCurve(curves[index]!);
            expect(area).to.be.closeTo(expected.auc, scoreLimit);
            return [kind, area];
          }),
        ) as Record<keyof typeof kinds, number>;
        expect(areas.insertionBlur - areas.deletionBlur).to.be.closeTo(golden.overall, scoreLimit);
      }
      score.dispose();
      expect(tf.memory().numTensors).to.equal(tensors);
      network.model.dispose();
    });
  }

  it('pointing game and energy', () => {
    let boxes = 0;
    for (const { image, methods, metrics: byMethod } of cases) {
      for (const [name, golden] of Object.entries(byMethod!)) {
        const map = mapOf(methods[name]!.norm);
        const pixel = mostSalientPixel(map, 64);
        if (pixel) expect(pixel, `${image} ${name}`).to.deep.equal(golden.argmax);
        for (const { box, energy, hit, hitTolerance15 } of golden.boxes) {
          const [left, top, right, bottom] = box;
          const rectangle = { left, top, right, bottom };
          expect(hits(pixel, [rectangle])).to.equal(hit);
          expect(hits(pixel, [rectangle], 15)).to.equal(hitTolerance15);
          const found = energyInside(map, rectanglesMask([rectangle], 64, 64));
          if (energy === null) expect(found).to.equal(null);
          else expect(found).to.be.closeTo(energy, similarityLimit);
          boxes++;
        }
      }
    }
    expect(boxes).to.be.above(10);
  });

  it('similarity of maps', () => {
    expect(metrics.sanity).to.not.be.empty;
    for (const golden of metrics.sanity) {
      const signed = golden.spearmanAbs !== undefined;
      const map = (name: string) => (signed ? overChannels(mapOf(name)) : mapOf(name));
      const found = mapSimilarity(map(golden.a), map(golden.b), 64);
      const compare = (
        value: number | null,
        expected: number | null,
        what: string,
        limit = similarityLimit,
      ) => {
        if (expected === null) expect(value, `${golden.a} ${golden.b} ${what}`).to.equal(null);
        else expect(value, `${golden.a} ${golden.b} ${what}`).to.be.closeTo(expected, limit);
      };
      compare(found.spearman, golden.spearman, 'spearman');
      if (signed) compare(found.spearmanAbsolute, golden.spearmanAbs!, 'spearmanAbsolute');
      compare(found.ssimUniform, golden.ssimUniform7, 'ssimUniform');
      compare(found.ssim, golden.ssimGaussian, 'ssim');
      compare(found.hog, golden.hogSpearman, 'hog', hogLimit);
      compare(found.maskIoU, golden.maskIoU, 'maskIoU');
    }
  });
});

/** Signed attributions [64, 64, 3] summed over their channels. */
function overChannels(values: Float32Array): Float32Array {
  return Float32Array.from({ length: values.length / 3 }, (_, pixel) =>
    [0, 1, 2].reduce((sum, channel) => sum + values[pixel * 3 + channel]!, 0),
  );
}
