import { median } from './odds.js';
import { partsLikeness, patchesOf, reachOf } from './patches.js';
import type { ScoredImages, TransplantEffect } from './screen.js';

/** From this likeness on frames are the same: in photographs of clothing at most four of a class's 40 reach 0.43. */
export const SAME_FRAME = 0.45;
/** Natural frames are the same in fewer images of a class. */
const FEWEST_FRAMES = 5;

/**
 * Images of a class whose frames are the same as one of theirs, whatever each of them does to the network: where a part
 * of the class has a border, the frames of the rest move the network, too, and would hide it.
 *
 * @param screened what was tried of the class's images
 * @returns these images, and the median likeness to the one; undefined for fewer than five
 */
export function sameFrame(
  seen: ScoredImages,
  screened: readonly TransplantEffect[],
): { members: TransplantEffect[]; alike: number } | undefined {
  const frames = screened.filter(({ transplant }) => transplant.kind === 'frame');
  const { side, patch } = patchesOf(seen);
  const parts = frames.map(({ donor, transplant }) =>
    transplant.region!.parts.map((part) => patch(donor, part)),
  );
  let most: number[] = [];
  let likest: number[] = [];
  for (const own of parts) {
    const alike = parts.map((other) => (own === other ? 1 : partsLikeness(own, other, reachOf(side))));
    const same = [...alike.keys()].filter((at) => alike[at]! >= SAME_FRAME);
    if (same.length <= most.length) continue;
    most = same;
    likest = same.map((at) => alike[at]!).filter((value) => value < 1);
  }
  if (most.length < FEWEST_FRAMES) return undefined;
  return { members: most.map((at) => frames[at]!), alike: likest.length === 0 ? 1 : median(likest) };
}
