import type { ScoredImages } from './screen.js';
import { levelsOf, textureOf } from './transfer.js';

/** Properties of whole images, by their index. */
export interface ImageProperties {
  /** As levelsOf gives them. */
  levels(at: number): Float64Array;
  /** As a point: the tint of an image's lights and shadows, or its sharpness octave by octave. */
  point(kind: 'levels' | 'texture', at: number): number[];
}

/** Each is found when it is first asked for: every class is compared with the images of all others. */
export function imageProperties({ pixels, size }: Pick<ScoredImages, 'pixels' | 'size'>): ImageProperties {
  const levels = remembered((at) => levelsOf(pixels[at]!));
  const texture = remembered((at) => Array.from(textureOf(pixels[at]!, size), Math.log1p));
  return { levels, point: (kind, at) => (kind === 'texture' ? texture(at) : tintOf(levels(at))) };
}

/** A function of an image that is computed once for each. */
export function remembered<T extends object>(find: (at: number) => T): (at: number) => T {
  const known = new Map<number, T>();
  return (at) => {
    const found = known.get(at) ?? find(at);
    known.set(at, found);
    return found;
  };
}

function tintOf(levels: Float64Array): number[] {
  const [r, g, b, lightR, lightG, lightB] = levels as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return [lightR - lightG, lightB - lightG, r - g, b - g];
}
