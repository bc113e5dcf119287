import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { invalid, phrase } from '../errors.js';
import { classifier, type Classifier } from '../models/index.js';
import type { Need, Target } from './types.js';
import { warnOnce } from './warn.js';

/**
 * A network as a classifier: what is one stays itself (a part of one is enough), a LayersModel is seen at its last
 * spatial layer.
 *
 * @param where who asks, for the message
 * @throws InvalidInput for anything else
 */
export function asClassifier<Network>(network: Network | LayersModel, where = 'network'): Network {
  const parts = network as { logits?: unknown; activations?: unknown } | null | undefined;
  if (typeof parts?.logits === 'function' || typeof parts?.activations === 'function')
    return network as Network;
  if (typeof network !== 'object' || network === null) {
    throw invalid(where, 'a classifier or a tfjs LayersModel', network);
  }
  return classifier(network as LayersModel) as Network;
}

/**
 * Checks the images of a method. Their values are looked at where they are known already: while a function is traced
 * they are not.
 *
 * @returns the least and the greatest value, where they are known
 * @throws InvalidInput where it is no float32 tensor [N, H, W, C] with an image in it, or a value is not finite
 */
export function checkImages(images: tf.Tensor4D): [least: number, greatest: number] | undefined {
  const { shape, dtype } = (images as Partial<tf.Tensor4D> | undefined) ?? {};
  if (shape?.length !== 4) {
    throw invalid(
      'images',
      'a tensor [N, H, W, C]',
      shape ?? phrase(typeof images),
      'tf.expandDims adds the N',
    );
  }
  if (shape.includes(0)) throw invalid('images', 'a tensor [N, H, W, C] with one image or more', shape);
  if (dtype !== 'float32') {
    throw invalid(
      'images',
      'float32, preprocessed for the network',
      dtype,
      "normalize() of camtune/models makes that of pixels; a classifier's read() does it for files",
    );
  }
  const looked = valuesOf(() =>
    tf.concat([
      tf.reshape(tf.min(images), [1]),
      tf.reshape(tf.max(images), [1]),
      tf.cast(tf.all(tf.isFinite(images), [1, 2, 3]), 'float32'),
    ]),
  );
  if (!looked) return undefined;
  const [least, greatest, ...finite] = looked as unknown as [number, number, ...number[]];
  const wrong = finite.indexOf(0);
  if (wrong >= 0) {
    throw invalid(
      'images',
      'finite numbers',
      phrase(`NaN or an infinity in image ${wrong} of ${finite.length}`),
    );
  }
  return [least, greatest];
}

/**
 * Checks what a method is asked to explain, as far as it is known yet.
 *
 * @throws InvalidInput where it is no class of the network, or not one an image
 */
export function checkTarget(target: Target | undefined, count: number, classes: number): void {
  const expected = `a class index from 0 to ${classes - 1}`;
  if (target === undefined || target === 'predicted') return;
  const isList = target instanceof tf.Tensor || Array.isArray(target) || ArrayBuffer.isView(target);
  if (typeof target !== 'number' && !isList) {
    throw invalid('target', `${expected}, one for each image, or 'predicted'`, target);
  }
  if (!(target instanceof tf.Tensor) || target.rank !== 1 || target.shape[0] !== count) return;
  const wrong = valuesOf(() => target)?.find((index) => !(Number.isInteger(index) && index >= 0 && index < classes)); // prettier-ignore
  if (wrong !== undefined) throw invalid('target', expected, wrong);
}

/** Says once a network what is likely not meant. */
export function warnOf(
  name: string,
  network: Partial<Classifier>,
  needs: readonly Need[],
  range: [least: number, greatest: number] | undefined,
): void {
  if (needs.includes('target layer') && network.caution !== undefined) {
    warnOnce(network, `${name}: ${network.caution}`);
  }
  if (range && looksRaw(network, range)) {
    const values = range.map((value) => Number(value.toFixed(1))).join(' to ');
    warnOnce(
      network,
      `images: values from ${values} look like pixels as they are, where the network wants them scaled; ` +
        "normalize(pixels, preprocessing) of camtune/models or a classifier's read() does that",
    );
  }
}

// No usual preprocessing that scales leaves more.
const mostOfScaled = 30;

/** Whether images look like 0..255 where the network does not want that. */
function looksRaw(
  { preprocessing, model }: Partial<Classifier>,
  [least, greatest]: [number, number],
): boolean {
  if (least < 0 || greatest <= mostOfScaled) return false;
  if (preprocessing) {
    const { scale, mean, std } = preprocessing;
    return Math.max(...mean.map((shift, channel) => (255 * scale - shift) / std[channel]!)) <= mostOfScaled;
  }
  const layers = (model as LayersModel | null | undefined)?.layers ?? [];
  return !layers.some((layer) => ['Rescaling', 'Normalization'].includes(layer.getClassName()));
}

/** The values of a tensor; undefined where they are not known: while a function is traced. */
function valuesOf(make: () => tf.Tensor): Float32Array | Int32Array | undefined {
  return tf.tidy(() => {
    try {
      return make().dataSync() as Float32Array | Int32Array;
    } catch {
      return undefined;
    }
  });
}
