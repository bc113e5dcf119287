import * as tf from '@tensorflow/tfjs-core';
import { invalid, phrase } from '../errors.js';
import type { Mixed } from './stage.js';

/** An element of a dataset, taken apart. */
export interface Element {
  /** [N, H, W, C], or [H, W, C] where the data set is not batched. */
  xs: tf.Tensor3D | tf.Tensor4D;
  ys: tf.Tensor | null;
  /** The same element with other images, and with other labels where they are given. */
  changed(images: tf.Tensor, labels: tf.Tensor | undefined): tf.TensorContainer;
}

/**
 * Takes an element apart: `{xs, ys}`, `[xs, ys]`, or the images alone. Makes no tensor.
 *
 * @throws InvalidInput when it has none of these forms
 */
export function takeApart(element: tf.TensorContainer): Element {
  if (element instanceof tf.Tensor) return checked(element, null, (images) => images);
  if (Array.isArray(element)) {
    const list: unknown[] = element;
    return checked(list[0], list[1], (images, labels) => [images, ...(labels ? [labels] : list.slice(1, 2)), ...list.slice(2)] as tf.TensorContainer[]); // prettier-ignore
  }
  const named = (element ?? {}) as tf.TensorContainerObject;
  return checked(named['xs'], named['ys'], (images, labels) => ({ ...named, xs: images, ...(labels && { ys: labels }) })); // prettier-ignore
}

function checked(xs: unknown, ys: unknown, changed: Element['changed']): Element {
  if (!(xs instanceof tf.Tensor && (xs.rank === 3 || xs.rank === 4))) {
    const found: unknown = xs instanceof tf.Tensor ? xs.shape : phrase(typeof xs);
    throw invalid('element', '{xs, ys} or [xs, ys] with images [N, H, W, C] or [H, W, C] as xs', found);
  }
  return { xs: xs as tf.Tensor4D, ys: ys instanceof tf.Tensor ? ys : null, changed };
}

/**
 * Reads class indices.
 *
 * @param ys indices [N], [N, 1] or a scalar; one-hot or soft labels [N, classes] or [classes] count as their largest
 * @param count number of images, N
 * @param classes number of classes
 * @throws InvalidInput when the shape is another one, or a value is not a class index
 */
export async function readLabels(ys: tf.Tensor | null, count: number, classes: number): Promise<Int32Array> {
  if (!ys) throw invalid('ys', 'labels beside the images', ys, "without labels set target to 'prediction'");
  const values = Array.from(await ys.data());
  if (values.length === count) {
    const wrong = values.find((value) => !(Number.isInteger(value) && value >= 0 && value < classes));
    if (wrong !== undefined) throw invalid('ys', `class indices from 0 to ${classes - 1}`, wrong);
    return Int32Array.from(values);
  }
  if (values.length !== count * classes || ys.shape.at(-1) !== classes) {
    throw invalid('ys', `class indices [${count}] or one-hot labels [${count}, ${classes}]`, ys.shape);
  }
  return Int32Array.from({ length: count }, (_, image) => {
    const row = values.slice(image * classes, (image + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}

/**
 * Mixes labels: `share` of an image's own, the rest of its partner's.
 *
 * @param ys [N, classes], one-hot or soft, of any dtype
 * @param mixed nothing where no image was mixed
 * @returns float32 [N, classes]; the caller owns it
 * @throws InvalidInput when ys has another shape: an index cannot be mixed
 */
export function mixLabels(
  ys: tf.Tensor | null,
  mixed: Mixed | undefined,
  count: number,
  classes: number,
): tf.Tensor {
  if (ys?.rank !== 2 || ys.shape[0] !== count || ys.shape[1] !== classes) {
    const fix = 'labels are mixed, which an index cannot say (tf.oneHot makes them)';
    throw invalid('ys', `one-hot labels [${count}, ${classes}]`, ys?.shape ?? null, fix);
  }
  return tf.tidy(() => {
    const own = tf.cast(ys, 'float32');
    if (!mixed) return own.clone();
    const share = tf.expandDims(mixed.share, 1);
    return tf.add(tf.mul(own, share), tf.mul(tf.gather(own, mixed.partner), tf.sub(1, share)));
  });
}
