import * as tf from '@tensorflow/tfjs-core';
import { distance } from 'fastest-levenshtein';
import { invalid } from '../errors.js';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Classifier } from '../models/index.js';
import type { Maps, Target } from './types.js';
import type { Differentiable } from './ops/index.js';
import { asClassifier } from './door.js';
import type { Method, MethodOptions } from './method.js';
import { methods } from './methods/index.js';
import { smoothed, type Smoothing } from './smoothing.js';

export interface ExplainOptions extends MethodOptions {
  /** One class, one an image, several for a single image (it then gives a map each), or 'predicted' (the default). */
  target?: Target;
  /** The most images (or altered copies of them) in the network at once; by default as the image size allows. */
  chunk?: number;
  /** Averages the map over altered copies of the image; works with every method. */
  smoothing?: Smoothing;
}

/**
 * Explains images with a method by its name, after checking that name and those of its options.
 *
 * @param name as in `methods`
 * @param network a classifier, or a LayersModel, which is seen through `classifier(model)`
 * @param images [N, H, W, C], preprocessed for the network; with N = 1, `target` may list several classes
 * @param options `target`, `chunk`, `smoothing`, and those of the method; null is the same as left out
 * @throws InvalidInput when there is no such method or option, or the method does not fit the network
 */
export function explain(
  name: string,
  network: (Classifier & Differentiable) | LayersModel,
  images: tf.Tensor4D,
  options: ExplainOptions = {},
): Maps {
  const method = methodNamed(name);
  const classifier = asClassifier(network, name);
  const { smoothing, ...rest } = options;
  const settings = methodOptions(name, rest);
  return tf.tidy(() => {
    const classes = listLength(options.target);
    const repeated = images.shape[0] === 1 && classes > 1 ? tf.tile(images, [classes, 1, 1, 1]) : images;
    return smoothing
      ? smoothed(method.run, classifier, repeated, settings, smoothing)
      : method.run(classifier, repeated, settings);
  });
}

/** @throws InvalidInput with the nearest names where there is no such method */
export function methodNamed(name: string): Method {
  if (Object.hasOwn(methods, name)) return methods[name]!;
  throw invalid('method', 'the name of a method', name, `near it: ${nearest(name, Object.keys(methods))}`);
}

/**
 * The options of a method without those that are null.
 *
 * @throws InvalidInput with the nearest name where the method has no such option
 */
export function methodOptions(name: string, options: MethodOptions): MethodOptions {
  const known = ['target', 'chunk', ...Object.keys(methodNamed(name).defaults)];
  const wrong = Object.keys(options).find((key) => !known.includes(key));
  if (wrong !== undefined) {
    throw invalid(name, `options among ${known.join(', ')}`, wrong, `near it: ${nearest(wrong, known, 1)}`);
  }
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== null && value !== undefined),
  );
}

function nearest(name: string, known: readonly string[], count = 3): string {
  return [...known]
    .sort((a, b) => distance(a, name) - distance(b, name))
    .slice(0, count)
    .join(', ');
}

function listLength(target: Target | undefined): number {
  if (target === undefined || typeof target === 'number' || typeof target === 'string') return 1;
  return target instanceof tf.Tensor ? target.size : target.length;
}
