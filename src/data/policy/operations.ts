import { rotation, shearX, shearY, transform, translation } from './affine.js';
import { autoContrast, brightness, contrast, equalize, posterize, solarize } from './levels.js';
import { color, sharpness } from './pixels.js';
import type { RgbImage } from './rgb-image.js';

/** Pixels of an image of the same size; those of the image itself where nothing is to be done. */
type Operation = (image: RgbImage, amount: number) => Uint8Array;

const enhanced =
  (enhance: Operation): Operation =>
  (image, amount) =>
    enhance(image, 1 + Math.fround(amount));

/** What a policy may do to an image, each by an amount whose range is the policy's. */
export const operations = {
  identity: ({ pixels }) => pixels,
  shearX: (image, amount) => transform(image, shearX(amount)),
  shearY: (image, amount) => transform(image, shearY(amount)),
  translateX: (image, amount) => transform(image, translation(Math.trunc(amount), 0)),
  translateY: (image, amount) => transform(image, translation(0, Math.trunc(amount))),
  rotate: (image, amount) => (amount === 0 ? image.pixels : transform(image, rotation(amount, image))),
  brightness: enhanced(brightness),
  color: enhanced(color),
  contrast: enhanced(contrast),
  sharpness: enhanced(sharpness),
  posterize,
  solarize,
  autoContrast,
  equalize,
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;

/** Those whose amount is negative as often as positive. */
export const signed: ReadonlySet<OperationName> = new Set([
  'shearX',
  'shearY',
  'translateX',
  'translateY',
  'rotate',
  'brightness',
  'color',
  'contrast',
  'sharpness',
]);
