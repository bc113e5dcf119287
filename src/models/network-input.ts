import * as tf from '@tensorflow/tfjs-core';
import { readImage, type CropSpec, type DecodedImage } from '../data/index.js';
import { invalid } from '../errors.js';
import { normalize, type Classifier, type Preprocessing } from './classifier/index.js';
import { forSize } from './preprocessing.js';

/** How files and pixels become the input of one network. */
export interface NetworkInput {
  /** The weights' preprocessing, for the size that the network takes. */
  preprocessing: Preprocessing;
  /** Height and width of what the network sees, pixels. */
  size: [height: number, width: number];
  /** The square of an image that holds what the network sees: its middle, all of it where the network is square. */
  view: CropSpec;
  /**
   * The part of an image that the network sees.
   *
   * @returns pixels RGB [H, W, 3], whatever channels the network takes
   * @throws Failure where the file cannot be read
   */
  decode(path: string): Promise<DecodedImage>;
  /**
   * Pixels as the network's input; pure tfjs code.
   *
   * @param pixels [N, H, W, 3], RGB, 0..255, any numeric dtype
   * @returns float32 [N, H, W, C]; the caller owns it
   * @throws InvalidInput where the network takes neither 3 channels nor 1
   */
  prepare(pixels: tf.Tensor4D): tf.Tensor4D;
}

// Of red, green and blue in the luminance of ITU-R 601, as Pillow's convert('L') and TensorFlow have it.
const luminance = [0.299, 0.587, 0.114];

/**
 * How images become the input of a network. A network of another size than its preprocessing says gets that of its own
 * size; one that is not square the middle of the square of its longer side (as torchvision's CenterCrop([H, W])); one of
 * a single channel the luminance.
 */
export function networkInput(
  { inputShape: [height, width, channels] }: Pick<Classifier, 'inputShape'>,
  given: Preprocessing,
): NetworkInput {
  const size: [number, number] = [height ?? given.crop, width ?? given.crop];
  const side = Math.max(...size);
  const preprocessing = side === given.crop ? given : forSize(given, side);
  const { resize, interpolation } = preprocessing;
  const view: CropSpec = { crop: 'center', resize, size: side, interpolation };
  return {
    preprocessing,
    size,
    view,
    decode: async (path) => middle(await readImage(path, view), side, size),
    prepare: (pixels) => {
      if (channels === 3) return normalize(pixels, preprocessing);
      if (channels !== 1) throw invalid('model', 'a network of 3 channels (color) or 1 (gray)', channels);
      return tf.tidy(() => normalize(tf.sum<tf.Tensor4D>(tf.mul(pixels, luminance), 3, true), preprocessing));
    },
  };
}

/**
 * The middle of a square image.
 *
 * @param side of the square, pixels
 * @returns the same where that is all of it
 */
export function middle(
  { pixels, crop }: DecodedImage,
  side: number,
  [height, width]: [number, number],
): DecodedImage {
  if (height === side && width === side) return { pixels, crop };
  const [top, left] = [Math.floor((side - height) / 2), Math.floor((side - width) / 2)];
  const part = new Uint8Array(height * width * 3);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * side + left) * 3;
    part.set(pixels.subarray(from, from + width * 3), row * width * 3);
  }
  const [x, y] = [crop.width / side, crop.height / side];
  return {
    pixels: part,
    crop: {
      left: crop.left + left * x,
      top: crop.top + top * y,
      width: width * x,
      height: height * y,
      flipped: crop.flipped,
    },
  };
}
