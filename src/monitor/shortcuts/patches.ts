import { likeness, shrunk, structureOf, type Patch } from './alike.js';
import { remembered } from './properties.js';
import type { Region } from './regions.js';
import type { ScoredImages } from './screen.js';

/** Images are compared at about this side: finer, and a mark that is a pixel off is another one. */
const COMPARED = 96;

/** Images as they are compared: about as large, by a whole factor. */
export function comparable({ pixels, size }: Pick<ScoredImages, 'pixels' | 'size'>): {
  side: number;
  image(at: number): Uint8Array;
} {
  const factor = Math.max(1, Math.floor(size / COMPARED));
  return { side: Math.floor(size / factor), image: (at) => shrunk(pixels[at]!, size, factor) };
}

/** A part of an image at the size at which parts are compared. */
export function patchesOf(seen: Pick<ScoredImages, 'pixels' | 'size'>): {
  side: number;
  patch(image: number, part: Region['parts'][number]): Patch;
} {
  const { side, image: small } = comparable(seen);
  const structure = remembered((image) => structureOf(small(image), side));
  return {
    side,
    patch: (image, part) => {
      const [left, top, right, bottom] = part.map((share) => Math.round(share * side)) as [
        number,
        number,
        number,
        number,
      ];
      return {
        structure: structure(image),
        size: side,
        left,
        top,
        width: right - left,
        height: bottom - top,
      };
    },
  };
}

/** What is said to stand at one place has to stand there: natural edges do, give or take some pixels. */
export function reachOf(side: number): number {
  return Math.round(side / 56);
}

/** The mean likeness of parts to those of another image. */
export function partsLikeness(own: readonly Patch[], other: readonly Patch[], reach: number): number {
  return own.reduce((sum, part, at) => sum + likeness(part, other[at]!, reach), 0) / own.length;
}
