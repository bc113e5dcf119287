import * as tf from '@tensorflow/tfjs-core';
import { resized } from '../explain/index.js';
import type { Classifier } from '../models/index.js';
import { mixSeeds, random, type Random } from '../random.js';
import { blends } from './blends/index.js';
import { mapSources } from './maps/index.js';
import type { RandomInputs, StageOptions } from './types.js';

/** Nothing drawn: for options that ask for nothing. */
export const noRandomInputs: Readonly<RandomInputs> = {
  partner: undefined,
  numbers: undefined,
  field: undefined,
  stranger: undefined,
  shift: undefined,
};

/**
 * Draws for one batch; the caller owns the tensors.
 *
 * @param places what each image of the batch is known by, [N]: its numbers follow from the seed and from that. Default:
 *   its place in the batch
 */
export type RandomInputsMaker = (
  shape: readonly [images: number, height: number, width: number, channels: number],
  chosen: Int32Array,
  seed: number,
  places?: Int32Array,
) => RandomInputs;

/**
 * Draws what the options ask for. The same seed gives the same.
 *
 * The partner of an image is the one that stands some places behind it in the batch, as many for all images, from 1 to
 * N − 1: nobody is his own partner, beside in a batch of one image. The same holds for the stranger, whose map an
 * image gets; he is not the partner either, from three images on.
 *
 * @param classifier asked once for each size of images how large its maps are (one image's activations), where a field
 *   is needed
 */
export function randomInputsMaker(
  classifier: Pick<Classifier, 'activations'>,
  { method, blend, scoringScale }: StageOptions,
): RandomInputsMaker {
  const { wantsOther, wantsNumbers, map } = blends[blend];
  const needs = map === 'none' ? undefined : mapSources[method].needs;
  const wantsField = needs === 'field';
  const sizes = new Map<string, [number, number]>();
  const sizeOf = (shape: [number, number, number]): [number, number] => {
    const known = sizes.get(shape.join()) ?? mapSize(classifier, shape, scoringScale);
    sizes.set(shape.join(), known);
    return known;
  };
  return ([images, ...shape], chosen, seed, places) => {
    // Each kind has numbers of its own: a blend's do not depend on whether a field is drawn.
    const [forPartner, forNumbers, forField, forStranger, forShift] = [1, 2, 3, 4, 5] as const;
    const each = (kind: number, length: number): Float32Array =>
      uniform(chosen, length, (image) => random(mixSeeds(seed, kind, places?.[image] ?? image)));
    const count = chosen.length;
    const shift = images > 1 ? 1 + Math.floor(random(mixSeeds(seed, forPartner))() * (images - 1)) : 0;
    const partner = chosen.map((image) => (image + shift) % images);
    const farther = strangerShift(images, shift, random(mixSeeds(seed, forStranger)));
    const stranger = chosen.map((image) => (image + farther) % images);
    const [rows, columns] = wantsField ? sizeOf(shape) : [0, 0];
    return {
      partner: wantsOther ? tf.tensor1d(partner, 'int32') : undefined,
      numbers: wantsNumbers ? tf.tensor2d(each(forNumbers, 3), [count, 3]) : undefined,
      field: wantsField ? tf.tensor3d(each(forField, rows * columns), [count, rows, columns]) : undefined,
      stranger: needs === 'stranger' ? tf.tensor1d(stranger, 'int32') : undefined,
      shift: needs === 'shift' ? tf.tensor2d(each(forShift, 2), [count, 2]) : undefined,
    };
  };
}

/** From 1 to N − 1 without the partner's shift; of two images the partner's, of one 0. */
function strangerShift(images: number, partnerShift: number, next: Random): number {
  if (images < 3) return partnerShift;
  const shift = 1 + Math.floor(next() * (images - 2));
  return shift < partnerShift ? shift : shift + 1;
}

/** So many numbers for each image, uniform in [0, 1), cut to 24 bits: float32 would round the highest up to 1. */
function uniform(images: Int32Array, length: number, sourceOf: (image: number) => Random): Float32Array {
  const numbers = new Float32Array(images.length * length);
  images.forEach((image, place) => {
    const next = sourceOf(image);
    for (let at = 0; at < length; at++) numbers[place * length + at] = Math.floor(next() * 2 ** 24) / 2 ** 24;
  });
  return numbers;
}

/**
 * How large a network's maps are; asked with one image.
 *
 * @param shape [H, W, C] of an image
 * @param scale share of height and width at which the network is asked
 * @returns rows and columns of the target layer's activations
 */
export function mapSize(
  classifier: Pick<Classifier, 'activations'>,
  shape: [number, number, number],
  scale: number,
): [number, number] {
  return tf.tidy(() => {
    const [, rows, columns] = classifier.activations(resized(tf.zeros([1, ...shape]), scale)).shape;
    return [rows, columns];
  });
}
