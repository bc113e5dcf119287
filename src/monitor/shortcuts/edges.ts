import type { Group } from './candidate.js';
import { sameLook, type Looks } from './look.js';
import { frame, strips, type Region } from './regions.js';
import { sameFrame } from './same-frame.js';
import type { ScoredImages, TransplantEffect } from './screen.js';
import { regionTransplant } from './transplants.js';

type LookGroup = Group & { alike: number };

/**
 * What images of a class have along their edges: what looks the same in many of them, whatever single ones do to the
 * network, and else what moves it.
 *
 * @param strong what moves the network
 */
export function edgeGroups(
  seen: ScoredImages,
  classIndex: number,
  screened: readonly TransplantEffect[],
  strong: readonly TransplantEffect[],
  looks: Looks,
): Group[] {
  const foreign = seen.own.flatMap((images, index) => (index === classIndex ? [] : images));
  const lookOf = (region: Region): LookGroup | undefined => {
    const same = sameLook(looks(region), seen.own[classIndex]!, foreign);
    if (!same) return undefined;
    const members = same.members.map((donor) => ({
      donor,
      transplant: regionTransplant(seen.pixels[donor]!, seen.size, region),
      share: 0,
    }));
    return { basis: 'look', kind: region.kind, place: region.name, members, alike: same.alike };
  };
  const movingBy = ({ kind, name }: Region): Group => ({
    basis: 'edge',
    kind,
    place: name,
    members: strong.filter(({ transplant }) => transplant.place === name),
  });
  const looked = distinct(strips.flatMap((strip) => lookOf(strip) ?? []));
  const along = strips.map((strip) => looked.find(({ place }) => place === strip.name) ?? movingBy(strip));
  const same = sameFrame(seen, screened);
  if (same) return [...along, { basis: 'frames', kind: 'frame', place: frame.name, ...same }];
  // A strip is a part of the frame: what it shows is said once.
  return [...along, (looked.length > 0 ? undefined : lookOf(frame)) ?? movingBy(frame)];
}

/** The corners of what lies along one edge are parts of others: of groups of the same images the most alike. */
function distinct(groups: readonly LookGroup[]): LookGroup[] {
  const kept: LookGroup[] = [];
  for (const group of [...groups].sort((a, b) => b.alike - a.alike)) {
    const images = new Set(group.members.map(({ donor }) => donor));
    const isSame = ({ members }: LookGroup): boolean =>
      2 * members.filter(({ donor }) => images.has(donor)).length > members.length;
    if (!kept.some(isSame)) kept.push(group);
  }
  return kept;
}
