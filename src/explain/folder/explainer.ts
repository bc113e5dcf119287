import * as tf from '@tensorflow/tfjs-core';
import { upload, type DecodedImage } from '../../data/index.js';
import { Failure } from '../../errors.js';
import { compiledClassifier, explain, upsample } from '../index.js';
import type { OpenedClassifier } from '../../models/index.js';
import { topClasses } from '../../models/predict/index.js';
import type { ClassScore } from '../../report/maps/index.js';
import type { ChosenMethod } from './request.js';

/** The map of one image, method and class. */
export interface ExplainedMap {
  method: string;
  /** The class that is explained; for a method that knows no class the first of the image. */
  of: ClassScore;
  /** [H, W] of the network's input, in [0, 1]. */
  map: Float32Array;
  /** [H, W], before min-max. */
  raw: Float32Array;
  /** Milliseconds: the image's share of its batch. */
  ms: number;
}

/** What a network says of one image. */
export interface ExplainedImage {
  classes: ClassScore[];
  maps: ExplainedMap[];
}

/** A network that explains images. */
export interface Explainer {
  /** The part of an image that the network sees. */
  read(image: string): Promise<DecodedImage>;
  /** Explains a batch: for each image the maps of each method and class, methods first. */
  run(images: readonly Uint8Array[], methods: readonly ChosenMethod[]): Promise<ExplainedImage[]>;
  /** Frees the graphs, not the network. */
  dispose(): void;
}

/** Which classes of each image are explained: one of them, or the most likely ones. */
export type Classes = { index: number } | { top: number };

/** Brings a network and the wanted classes together. */
export function explainer(classifier: OpenedClassifier, classes: Classes): Explainer {
  const { classNames } = classifier;
  const network = compiledClassifier(classifier);

  const wanted = (probabilities: number[]): ClassScore[] => {
    if ('top' in classes) return topClasses(probabilities, classes.top, classNames);
    const { index } = classes;
    return [{ class: classNames?.[index] ?? String(index), index, probability: probabilities[index]! }];
  };

  return {
    read: (image) => classifier.decode(image),
    run: async (pixels, methods) => {
      const images = prepared(pixels, classifier);
      try {
        const scores = tf.tidy(() => network.probabilities(network.logits(images)));
        const rows = await scores.array().finally(() => scores.dispose());
        const results = rows.map((row): ExplainedImage => ({ classes: wanted(row), maps: [] }));
        const ranks = results[0]!.classes.length;
        for (const method of methods) {
          for (let rank = 0; rank < (method.classSpecific ? ranks : 1); rank++) {
            const of = results.map((result) => result.classes[rank]!);
            const maps = await explainBatch(network, images, method, of);
            maps.forEach((map, index) => results[index]!.maps.push(map));
          }
        }
        return results;
      } finally {
        images.dispose();
      }
    },
    dispose: () => network.dispose(),
  };
}

/** Pixels of several images as the network's input [N, H, W, C]. */
function prepared(pixels: readonly Uint8Array[], { size, prepare }: OpenedClassifier): tf.Tensor4D {
  const joined = new Uint8Array(pixels.length * size[0] * size[1] * 3);
  pixels.forEach((image, index) => joined.set(image, index * image.length));
  const shape: [number, number, number, 3] = [pixels.length, ...size, 3];
  return tf.tidy(() => prepare(upload({ pixels: joined, shape, labels: new Int32Array(pixels.length) }).xs));
}

async function explainBatch(
  network: ReturnType<typeof compiledClassifier>,
  images: tf.Tensor4D,
  { name, options }: ChosenMethod,
  of: readonly ClassScore[],
): Promise<ExplainedMap[]> {
  const [count, height, width] = images.shape;
  const target = Int32Array.from(of, ({ index }) => index);
  const started = performance.now();
  const { map, raw } = tf.tidy(() => {
    const found = explain(name, network, images, { ...options, target });
    return { map: found.map, raw: upsample(found.raw, [height, width]) };
  });
  try {
    const values = [(await map.data()) as Float32Array, (await raw.data()) as Float32Array] as const;
    const ms = (performance.now() - started) / count;
    const length = height * width;
    const each = values.map((all) =>
      Array.from({ length: count }, (_, image) => all.slice(image * length, (image + 1) * length)),
    );
    if (values.some((all) => !all.every(Number.isFinite))) {
      throw new Failure(`${name}: a map is not finite; are the weights whole, and fit for these images?`);
    }
    return of.map((score, image) => ({
      method: name,
      of: score,
      map: each[0]![image]!,
      raw: each[1]![image]!,
      ms,
    }));
  } finally {
    tf.dispose([map, raw]);
  }
}
