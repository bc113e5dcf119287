import * as tf from '@tensorflow/tfjs-core';
import { mixSeeds, random, type Random } from '../../random.js';
import { shiftHue } from './hue.js';
import { inside } from './inside.js';

/** How training images are distorted before the stage. */
export interface Distortions {
  /** Brightness, contrast and saturation are each multiplied by a factor from 1 − strength (0 at least) to 1 + strength. */
  jitter: {
    brightness: number;
    contrast: number;
    saturation: number;
    /** Most turns of the hue in either direction, up to 0.5. */
    hue: number;
  };
  /** Probability with which a rectangle of an image is erased. */
  erasing: number;
}

/** What is drawn for the images of a batch; a type, since compile() looks into it. */
export type DistortionDraws = {
  /** float32 [N, 3]: factors of brightness, contrast and saturation; undefined where there is no jitter. */
  factors: tf.Tensor2D | undefined;
  /** float32 [N]: turns of the hue; undefined where it stays. */
  turns: tf.Tensor1D | undefined;
  /** float32 [N, 4]: top, left, bottom, right of what is erased, pixels (all 0: nothing); undefined without erasing. */
  rectangles: tf.Tensor2D | undefined;
};

/** Whether anything is asked for. */
export function distorts({ jitter, erasing }: Distortions): boolean {
  return erasing > 0 || jitter.hue > 0 || jitters(jitter);
}

/**
 * Draws for one batch, each image from a seed of its own. The same seed gives the same. The caller owns the tensors.
 *
 * @param shape images, height, width of the batch
 * @param places what each image is known by, see Batch; default: its place in the batch
 */
export function drawDistortions(
  { jitter, erasing }: Distortions,
  [images, height, width]: readonly [number, number, number, ...number[]],
  seed: number,
  places?: Int32Array,
): DistortionDraws {
  const each = <T>(kind: number, draw: (next: Random) => T): T[] =>
    Array.from({ length: images }, (_, image) =>
      draw(random(mixSeeds(seed, kind, places?.[image] ?? image))),
    );
  const strengths = [jitter.brightness, jitter.contrast, jitter.saturation];
  const factor = (strength: number, next: Random): number => {
    const low = Math.max(0, 1 - strength);
    return low + (1 + strength - low) * next();
  };
  const factors = each(0xc0104, (next) => strengths.map((strength) => factor(strength, next)));
  const turns = each(0xc0107, (next) => jitter.hue * (2 * next() - 1));
  const rectangles = each(0xe4a5e, (next) =>
    next() < erasing ? rectangle(height, width, next) : [0, 0, 0, 0],
  );
  return {
    factors: jitters(jitter) ? tf.tensor2d(factors, [images, 3]) : undefined,
    turns: jitter.hue > 0 ? tf.tensor1d(turns) : undefined,
    rectangles: erasing > 0 ? tf.tensor2d(rectangles, [images, 4]) : undefined,
  };
}

/**
 * What is drawn for the pixels themselves: brightness, contrast, saturation, then hue.
 *
 * @param pixels [N, H, W, 3], RGB, 0..255
 * @returns as pixels, float32; the caller owns it
 */
export function colored(pixels: tf.Tensor4D, { factors, turns }: DistortionDraws): tf.Tensor4D {
  return tf.tidy(() => {
    const floats = tf.cast(pixels, 'float32');
    const jittered = factors ? colorJitter(floats, factors) : floats;
    return turns ? shiftHue(jittered, turns) : jittered;
  });
}

/**
 * Color jitter of pixels: brightness, then contrast (about the image's mean gray), then saturation (about each pixel's
 * gray), each cut to 0..255, as ColorJitter of torchvision on tensors, which draws the order too.
 *
 * @param pixels [N, H, W, 3], RGB, 0..255, float32
 * @param factors [N, 3], 0 or more
 * @returns as pixels; the caller owns it
 */
export function colorJitter(pixels: tf.Tensor4D, factors: tf.Tensor2D): tf.Tensor4D {
  return tf.tidy(() => {
    const [brightness, contrast, saturation] = tf
      .split(factors, 3, 1)
      .map((column) => tf.reshape(column, [-1, 1, 1, 1])) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const cut = (x: tf.Tensor): tf.Tensor => tf.clipByValue(x, 0, 255);
    const toward = (x: tf.Tensor, other: tf.Tensor, share: tf.Tensor): tf.Tensor =>
      cut(tf.add(other, tf.mul(tf.sub(x, other), share)));
    const bright = cut(tf.mul(pixels, brightness));
    const contrasted = toward(bright, tf.mean(gray(bright), [1, 2, 3], true), contrast);
    return toward(contrasted, gray(contrasted), saturation) as tf.Tensor4D;
  });
}

/**
 * Random erasing (Zhong et al. 2020): zero inside of a rectangle, which is the mean color of normalized images.
 *
 * @param images [N, H, W, C], float32
 * @param rectangles [N, 4]: top, left, bottom, right, pixels; the last two are outside
 * @returns as images; the caller owns it
 */
export function erase(images: tf.Tensor4D, rectangles: tf.Tensor2D): tf.Tensor4D {
  return tf.tidy(() => {
    const [, height, width] = images.shape;
    return tf.mul<tf.Tensor4D>(images, tf.sub(1, inside(rectangles, [height, width])));
  });
}

function jitters({ brightness, contrast, saturation }: Distortions['jitter']): boolean {
  return brightness > 0 || contrast > 0 || saturation > 0;
}

/** ITU-R BT.601, as torchvision. */
function gray(pixels: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(pixels, tf.tensor1d([0.2989, 0.587, 0.114])), 3, true);
}

/** 2 to 33 % of the image, height over width 0.3 to 3.3; nothing where ten attempts do not fit into it. */
function rectangle(height: number, width: number, next: Random): number[] {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * (0.02 + 0.31 * next());
    const ratio = Math.exp(Math.log(0.3) + Math.log(3.3 / 0.3) * next());
    const rows = Math.round(Math.sqrt(area * ratio));
    const columns = Math.round(Math.sqrt(area / ratio));
    if (rows >= height || columns >= width) continue;
    const top = Math.floor(next() * (height - rows + 1));
    const left = Math.floor(next() * (width - columns + 1));
    return [top, left, top + rows, left + columns];
  }
  return [0, 0, 0, 0];
}
