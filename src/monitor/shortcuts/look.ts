import { comparable } from './patches.js';
import { remembered } from './properties.js';
import { frame, regionMask, strips, type Region } from './regions.js';
import type { ScoredImages } from './screen.js';
import { squaredDistance } from './shift.js';
import { luminanceBands } from './transfer.js';

/** How a part of an image looks, whatever its pixels are in detail: the letters of captions differ, their look does not. */
export type Look = readonly number[];

/** Fewer images look the same by chance. */
const FEWEST = 5;
/** From this likeness on a look is the same: eight natural edges of photographs are seldom alike by more than 0.92, five plain ones by 0.97. */
export const SAME_LOOK = 0.95;
const SAME_IN_FEW = 0.98;
const MANY = 8;

/** So many images of other classes tell how rare a look is. */
const MOST_OTHERS = 1000;
/** Weights: 16 gray levels of color count as much as detail that is an eighth stronger. */
const LEVELS = 1 / 16;
const DETAIL = 8;

/** Of a region the looks of images. */
export type Looks = (region: Region) => (image: number) => Look;

/**
 * Looks of edges and frame in all images: their dark, bright and mean color, and how much detail they have octave by
 * octave.
 */
export function looksOf(seen: Pick<ScoredImages, 'pixels' | 'size'>): Looks {
  const { side, image: small } = comparable(seen);
  const regions = [...strips, frame];
  const places = regions.map((region) => {
    const mask = regionMask(region, side);
    return Array.from(mask.keys()).filter((at) => mask[at]);
  });
  const looks = remembered((at) => {
    const image = small(at);
    const bands = luminanceBands(image, side);
    return places.map((inside) => lookOf(image, bands, inside));
  });
  return ({ name }) => {
    const index = regions.findIndex((region) => region.name === name);
    return (image) => looks(image)[index]!;
  };
}

function lookOf(image: Uint8Array, bands: readonly Float32Array[], inside: readonly number[]): Look {
  const colors = [0, 1, 2].flatMap((channel) => {
    const values = Uint8Array.from(inside, (at) => image[3 * at + channel]!).sort();
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const level = (share: number): number => values[Math.floor(share * (values.length - 1))]!;
    return [level(0.05), level(0.95), mean].map((value) => LEVELS * value);
  });
  const detail = bands.map((band) => {
    const power = inside.reduce((sum, at) => sum + band[at]! ** 2, 0) / inside.length;
    return DETAIL * Math.log1p(Math.sqrt(power) / 4);
  });
  return [...colors, ...detail];
}

/**
 * The most images of a class in which a region has the same look, while few images of other classes have it.
 *
 * Likeness to one of them is how near they are to it beside the nearest tenth of the other classes' images, as a share
 * of both squared distances, times the share of the class among all images as near.
 *
 * @param look of the region, of each image
 * @param own images of the class
 * @param foreign images of other classes
 * @returns undefined where no eight are alike by `SAME_LOOK`, and no five by 0.98
 */
export function sameLook(
  look: (image: number) => Look,
  own: readonly number[],
  foreign: readonly number[],
): { members: number[]; alike: number } | undefined {
  let best: { members: number[]; alike: number } | undefined;
  if (foreign.length === 0) return undefined;
  const step = Math.ceil(foreign.length / MOST_OTHERS);
  const compared = foreign.filter((_, at) => at % step === 0);
  for (const center of own) {
    const from = look(center);
    const near = own.map((image) => ({ image, away: squaredDistance(look(image), from) }));
    near.sort((a, b) => a.away - b.away);
    const others = Float64Array.from(compared, (image) => squaredDistance(look(image), from)).sort();
    const shift = others[Math.floor(others.length / 10)]!;
    if (shift === 0) continue;
    let [sum, among] = [0, 0];
    for (const [at, { away }] of near.entries()) {
      sum += away;
      while (among < others.length && others[among]! <= away) among++;
      const count = at + 1;
      if (count < Math.max(FEWEST, best?.members.length ?? 0)) continue;
      const alike = (shift / (shift + sum / at)) * (count / (count + step * among));
      const isMore = count > (best?.members.length ?? 0) || alike > best!.alike;
      if (alike >= (count < MANY ? SAME_IN_FEW : SAME_LOOK) && isMore)
        best = { members: near.slice(0, count).map(({ image }) => image), alike };
    }
  }
  return best;
}
