import { invalid } from '../errors.js';
import type { Random } from '../random.js';
import type { Crop } from './batch.js';

/** How pixels between pixels are made; all of them with antialiasing when an image gets smaller. */
export type Interpolation = 'bilinear' | 'bicubic' | 'lanczos3';

/**
 * How an image becomes the square that the network sees. `size` is the side of that square in pixels.
 * - `center`: shorter side to `resize`, then the middle (torchvision's Resize + CenterCrop). For evaluation.
 * - `whole`: the whole image squeezed to the square, whatever its shape.
 * - `resize-crop`: shorter side to `resize`, a square at a random place, flipped with probability `flip`.
 * - `random-resized`: a random part of the image (`scale`: share of its area, `ratio`: width / height), squeezed to
 *   the square, flipped with probability `flip` (torchvision's RandomResizedCrop + RandomHorizontalFlip).
 */
export type CropSpec = { size: number; interpolation?: Interpolation } & (
  | { crop: 'center'; resize: number }
  | { crop: 'whole' }
  | { crop: 'resize-crop'; resize: number; flip?: number }
  | { crop: 'random-resized'; scale?: [number, number]; ratio?: [number, number]; flip?: number }
);

/** What ImageNet networks are evaluated with: shorter side 256, middle 224 × 224. */
export const standardCrop: CropSpec = { crop: 'center', resize: 256, size: 224 };

export interface Size {
  width: number;
  height: number;
}

export interface Region extends Size {
  left: number;
  top: number;
}

/** A view worked out for one image: take `region` of the upright image, resize it, cut `window` out of that, flip. */
export interface Plan {
  region: Region;
  resized: Size;
  window: Region;
  flipped: boolean;
}

/**
 * Works out where the pixels of a view come from.
 *
 * @param image size of the upright image, pixels
 * @param next random numbers; the views `center` and `whole` draw none
 */
export function planCrop(view: CropSpec, image: Size, next: Random): Plan {
  const whole: Region = { left: 0, top: 0, ...image };
  const side: Size = { width: view.size, height: view.size };
  const square: Region = { left: 0, top: 0, ...side };
  switch (view.crop) {
    case 'whole':
      return { region: whole, resized: side, window: square, flipped: false };
    case 'center': {
      const resized = shorterSideTo(image, view.resize);
      const left = roundHalfToEven((resized.width - view.size) / 2);
      const top = roundHalfToEven((resized.height - view.size) / 2);
      return { region: whole, resized, window: { ...square, left, top }, flipped: false };
    }
    case 'resize-crop': {
      const resized = shorterSideTo(image, view.resize);
      const top = Math.floor(next() * (resized.height - view.size + 1));
      const left = Math.floor(next() * (resized.width - view.size + 1));
      return { region: whole, resized, window: { ...square, left, top }, flipped: next() < (view.flip ?? 0.5) };
    }
    case 'random-resized': {
      const region = randomRegion(image, view.scale ?? [0.08, 1], view.ratio ?? [3 / 4, 4 / 3], next);
      return { region, resized: side, window: square, flipped: next() < (view.flip ?? 0.5) };
    }
  }
}

/** The part of the upright image that a plan shows. */
export function cropOf({ region, resized, window, flipped }: Plan): Crop {
  const x = region.width / resized.width;
  const y = region.height / resized.height;
  return {
    left: region.left + window.left * x,
    top: region.top + window.top * y,
    width: window.width * x,
    height: window.height * y,
    flipped,
  };
}

/** Refuses a view that cannot work. Throws InvalidInput that names the wrong field. */
export function checkCropSpec(view: CropSpec): CropSpec {
  const kinds = ['center', 'whole', 'resize-crop', 'random-resized'];
  if (!kinds.includes(view.crop)) throw invalid('view.crop', `one of ${kinds.join(', ')}`, view.crop);
  if (!isPositiveInteger(view.size)) throw invalid('view.size', 'a whole number of pixels above 0', view.size);
  const interpolations = ['bilinear', 'bicubic', 'lanczos3'];
  if (!interpolations.includes(view.interpolation ?? 'bilinear'))
    throw invalid('view.interpolation', `one of ${interpolations.join(', ')}`, view.interpolation);
  if ((view.crop === 'center' || view.crop === 'resize-crop') && !(isPositiveInteger(view.resize) && view.resize >= view.size))
    throw invalid('view.resize', `a whole number of pixels, at least the size of the crop (${view.size})`, view.resize);
  if ('flip' in view && view.flip !== undefined && !(view.flip >= 0 && view.flip <= 1))
    throw invalid('view.flip', 'a probability from 0 to 1', view.flip);
  if (view.crop === 'random-resized') {
    const [small, large] = view.scale ?? [1, 1];
    if (!(small > 0 && small <= large && large <= 1))
      throw invalid('view.scale', 'two shares of the area, 0 < smallest <= largest <= 1', view.scale);
    const [narrow, wide] = view.ratio ?? [1, 1];
    if (!(narrow > 0 && narrow <= wide && wide < Infinity))
      throw invalid('view.ratio', 'two ratios width / height, 0 < narrowest <= widest', view.ratio);
  }
  return view;
}

/** The longer side is rounded down, as in torchvision. */
function shorterSideTo({ width, height }: Size, side: number): Size {
  return width <= height
    ? { width: side, height: Math.floor((side * height) / width) }
    : { width: Math.floor((side * width) / height), height: side };
}

/** Ten tries at a random part; else the largest part in the middle that keeps the ratio (as torchvision does). */
function randomRegion(image: Size, scale: [number, number], ratio: [number, number], next: Random): Region {
  const between = (low: number, high: number): number => low + (high - low) * next();
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = image.width * image.height * between(...scale);
    const aspect = Math.exp(between(Math.log(ratio[0]), Math.log(ratio[1])));
    const width = Math.round(Math.sqrt(area * aspect));
    const height = Math.round(Math.sqrt(area / aspect));
    if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
    const top = Math.floor(next() * (image.height - height + 1));
    const left = Math.floor(next() * (image.width - width + 1));
    return { left, top, width, height };
  }
  const aspect = Math.min(Math.max(image.width / image.height, ratio[0]), ratio[1]);
  const width = Math.max(1, Math.min(image.width, Math.round(image.height * aspect)));
  const height = Math.max(1, Math.min(image.height, Math.round(image.width / aspect)));
  const left = Math.floor((image.width - width) / 2);
  const top = Math.floor((image.height - height) / 2);
  return { left, top, width, height };
}

/** Python's round(), which places torchvision's center crop: 58.5 becomes 58. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + (below % 2) : Math.round(x);
}

function isPositiveInteger(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}
