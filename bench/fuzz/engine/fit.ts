import * as tf from '@tensorflow/tfjs-core';

/** Results are cut to this many elements. */
const MOST = 240;

/** The values of x, repeated or cut as needed, in another shape. So every operation can take every tensor. */
export function fit(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  if (x.shape.join() === shape.join()) return x;
  const size = shape.reduce((product, side) => product * side, 1);
  let flat = tf.reshape(x, [x.size]);
  if (flat.size < size) flat = tf.tile(flat, [Math.ceil(size / flat.size)]);
  if (flat.size > size) flat = tf.slice(flat, [0], [size]);
  return tf.reshape(flat, [...shape]);
}

/** x in at least `least` and at most `most` dimensions. */
export function ranked(x: tf.Tensor, least: number, most: number): tf.Tensor {
  if (x.rank < least) return tf.reshape(x, [...Array<number>(least - x.rank).fill(1), ...x.shape]);
  if (x.rank <= most) return x;
  const merged = x.shape.slice(0, x.rank - most + 1).reduce((product, side) => product * side, 1);
  return tf.reshape(x, [merged, ...x.shape.slice(x.rank - most + 1)]);
}

/** x as images [N, H, W, C] of at least 3 by 3. */
export function images(x: tf.Tensor): tf.Tensor4D {
  const fits = x.rank === 4 && x.shape[1]! >= 3 && x.shape[2]! >= 3 && x.shape[3]! <= 6;
  return (fits ? x : fit(x, [x.size > 60 ? 2 : 1, 4, 5, 1 + (x.size % 3)])) as tf.Tensor4D;
}

/** A result that is small enough to go on with. */
export function limited(x: tf.Tensor): tf.Tensor {
  const shape = [...x.shape];
  const size = (): number => shape.reduce((product, side) => product * side, 1);
  while (size() > MOST) {
    const longest = shape.indexOf(Math.max(...shape));
    shape[longest] = Math.ceil(shape[longest]! / 2);
  }
  const cut = size() === x.size ? x : tf.slice(x, shape.map(() => 0), shape); // prettier-ignore
  return cut.rank > 4 ? ranked(cut, 0, 4) : cut;
}

/** y made to go with x: of its shape, of its last dimension, or of one element, as `choice` says. */
export function beside(x: tf.Tensor, y: tf.Tensor, choice: number): tf.Tensor {
  switch (choice % 4) {
    case 0:
      return x.rank === 0 ? fit(y, []) : fit(y, [x.shape.at(-1)!]);
    case 1:
      return x.rank === 0 ? fit(y, []) : fit(y, [...x.shape.slice(0, -1), 1]);
    default:
      return fit(y, x.shape);
  }
}
