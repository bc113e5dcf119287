import { transferLevels, transferTexture, levelsOf, paste, textureOf } from './transfer.js';
import { frame, regionMask, strips, windows, type Region } from './regions.js';
import { resizeBilinear } from '../../report/index.js';
import type { EvidenceMap } from './types.js';

/** Where evidence may lie: a place, or a property of the whole image. */
export type EvidenceKind = Region['kind'] | 'levels' | 'texture';

/** A part or a property of one image that can be put into another one. */
export interface Transplant {
  kind: EvidenceKind;
  /** Name of the region, or of the property. */
  place: string;
  region?: Region;
  /** The other image with it. */
  to(image: Uint8Array): Uint8Array;
  /** What belongs to a whole class: the same of another class. */
  control?: (classIndex: number) => Transplant;
}

/** Windows that an image is asked about, those with most evidence. */
const WINDOWS = 3;
/** Side of the maps on which windows are ranked. */
const SIDE = 56;

/**
 * What an image may show its class by: the windows in which its map lies and the edge with most of it, the frame, and
 * its levels and texture as a whole.
 */
export function transplantsOf(image: Uint8Array, size: number, map: EvidenceMap): Transplant[] {
  return [...salientRegions(map), frame]
    .map((region) => regionTransplant(image, size, region))
    .concat(imageTransplant(image, size, 'levels'), imageTransplant(image, size, 'texture'));
}

/** A region of an image as a transplant. */
export function regionTransplant(image: Uint8Array, size: number, region: Region): Transplant {
  const mask = regionMask(region, size);
  return { kind: region.kind, place: region.name, region, to: (other) => paste(other, image, mask) };
}

/** A property of an image as a transplant. */
export function imageTransplant(image: Uint8Array, size: number, kind: 'levels' | 'texture'): Transplant {
  if (kind === 'levels') {
    const levels = levelsOf(image);
    return { kind, place: kind, to: (other) => transferLevels(other, levels) };
  }
  const texture = textureOf(image, size);
  return { kind, place: kind, to: (other) => transferTexture(other, size, texture) };
}

function salientRegions(map: EvidenceMap): Region[] {
  const { values } = resizeBilinear(map, SIDE, SIDE);
  const ranked = (regions: readonly Region[]): Region[] =>
    regions
      .map((region) => ({ region, evidence: meanInside(values, region) }))
      .sort((a, b) => b.evidence - a.evidence)
      .map(({ region }) => region);
  const chosen: Region[] = [];
  for (const window of ranked(windows)) {
    if (chosen.every((other) => distance(other, window) > 0.13)) chosen.push(window);
    if (chosen.length === WINDOWS) break;
  }
  return [...chosen, ranked(strips)[0]!];
}

/** How far apart the corners of two windows are, as a share of the side; the larger of both axes. */
export function distance({ parts: [a] }: Region, { parts: [b] }: Region): number {
  return Math.max(Math.abs(a![0] - b![0]), Math.abs(a![1] - b![1]));
}

const masks = new Map([...windows, ...strips].map((region) => [region.name, regionMask(region, SIDE)]));

function meanInside(values: ArrayLike<number>, { name }: Region): number {
  const mask = masks.get(name)!;
  let [sum, inside] = [0, 0];
  for (let at = 0; at < mask.length; at++)
    if (mask[at]) {
      sum += Math.max(0, values[at]!);
      inside++;
    }
  return sum / inside;
}
