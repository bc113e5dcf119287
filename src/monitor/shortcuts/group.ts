import { likeness } from './alike.js';
import { distance, type EvidenceKind, type Transplant } from './transplants.js';
import { median } from './odds.js';
import { partsLikeness, patchesOf, reachOf } from './patches.js';
import { regionMask, windows } from './regions.js';
import { edgeGroups } from './edges.js';
import type { Looks } from './look.js';
import type { Candidate, Group } from './candidate.js';
import type { SharedTint } from './tint.js';
import type { ClassCast } from './cast.js';
import type { ImageProperties } from './properties.js';
import { sameShift, shiftAlikeness } from './shift.js';
import { effectThresholds, type TransplantEffect, type ScoredImages } from './screen.js';

/** What images of a class are judged by. */
export interface ClassTraits {
  properties: ImageProperties;
  looks: Looks;
  /** What the whole class has gone through. */
  cast: ClassCast | undefined;
  /** What a part of it has. */
  tint: SharedTint | undefined;
}

/** Fewer images than this share nothing. */
const FEWEST = 3;
/** From this likeness on, parts at different places are taken for the same thing. */
const SAME = 0.5;
/** Of each class so many windows are compared by content. */
const MOST_LINKED = 48;
/** Neighboring windows are an eighth apart. */
const NEAR = 0.126;

/** Groups what has an effect in a class by place and by content. */
export function candidatesOf(
  seen: ScoredImages,
  classIndex: number,
  screened: readonly TransplantEffect[],
  traits: ClassTraits,
): Candidate[] {
  const { properties, looks } = traits;
  const strong = screened.filter(({ transplant, share }) => share >= effectThresholds[transplant.kind]);
  const groups = [
    ...windowGroups(
      seen,
      strong.filter(({ transplant }) => transplant.kind === 'window'),
    ),
    ...edgeGroups(seen, classIndex, screened, strong, looks),
    ...wholeGroups(screened, strong, traits),
  ];
  return groups.flatMap(({ basis, kind, place, members, alike }) => {
    const carriers = onceEach(members);
    if (carriers.length < FEWEST) return [];
    return [
      {
        classIndex,
        basis,
        kind,
        place,
        carriers,
        alike: alike ?? alikeness(seen, kind, place, carriers, properties),
        outside: outsideOf(seen, carriers),
      },
    ];
  });
}

/** Properties of whole images: a cast of the class, a tint of a part of it, else levels that move the network; texture. */
function wholeGroups(
  screened: readonly TransplantEffect[],
  strong: readonly TransplantEffect[],
  { properties, cast, tint }: ClassTraits,
): Group[] {
  const levels = screened.filter(({ transplant }) => transplant.kind === 'levels');
  const as = (basis: 'cast' | 'tint', transplant: Transplant, alike: number, members = levels): Group => ({
    basis,
    kind: 'levels',
    place: 'levels',
    members: members.map((one) => ({ ...one, transplant })),
    alike,
  });
  const shifted = (kind: 'levels' | 'texture'): Group[] => {
    const members = strong.filter(({ transplant }) => transplant.kind === kind);
    if (members.length < FEWEST) return [];
    return [{ basis: kind, kind, place: kind, members: sameShift(properties, kind, members) }];
  };
  const tinted = levels.filter(({ donor }) => tint?.members.includes(donor));
  return [
    ...(cast ? [as('cast', cast.transplant, cast.alike)] : []),
    ...(tint ? [as('tint', tint.transplant, tint.alike, tinted)] : []),
    ...(cast || tint ? [] : shifted('levels')),
    ...shifted('texture'),
  ];
}

function windowGroups(seen: ScoredImages, members: readonly TransplantEffect[]): Group[] {
  const groups: Group[] = [];
  let rest = [...members];
  while (rest.length >= FEWEST) {
    const near = (center: TransplantEffect): TransplantEffect[] =>
      rest.filter((other) => distance(center.transplant.region!, other.transplant.region!) <= NEAR);
    const largest = rest
      .map((center) => ({ center, around: near(center) }))
      .sort((a, b) => b.around.length - a.around.length)[0]!;
    if (onceEach(largest.around).length < FEWEST) break;
    groups.push({
      basis: 'window',
      kind: 'window',
      place: largest.center.transplant.place,
      members: largest.around,
    });
    rest = rest.filter((one) => !largest.around.includes(one));
  }
  // The same thing in several places: linked by content.
  const linkable = [...members].sort((a, b) => b.share - a.share).slice(0, MOST_LINKED);
  const { side, patch } = patchesOf(seen);
  const patches = linkable.map(({ donor, transplant }) => patch(donor, transplant.region!.parts[0]!));
  const label = linkable.map((_, at) => at);
  linkable.forEach((a, i) =>
    linkable.forEach((b, j) => {
      if (j <= i || a.donor === b.donor || label[i] === label[j]) return;
      if (likeness(patches[i]!, patches[j]!, Math.round(side / 16)) < SAME) return;
      const [from, to] = [label[j]!, label[i]!];
      label.forEach((one, at) => (label[at] = one === from ? to : one));
    }),
  );
  for (const id of new Set(label)) {
    const linked = linkable.filter((_, at) => label[at] === id);
    const spread = linked.some((a) =>
      linked.some((b) => distance(a.transplant.region!, b.transplant.region!) > 2 * NEAR),
    );
    if (spread && onceEach(linked).length >= FEWEST)
      groups.push({ basis: 'anywhere', kind: 'window', place: 'any', members: linked });
  }
  return groups;
}

function outsideOf({ objects, size }: ScoredImages, carriers: readonly TransplantEffect[]): number | null {
  const shares = carriers.flatMap(({ donor, transplant }) => {
    const object = objects?.[donor];
    if (!object || !transplant.region) return [];
    const mask = regionMask(transplant.region, size);
    const inside = mask.reduce((sum, value) => sum + value, 0);
    return [mask.reduce((sum, value, at) => sum + (value && !object[at] ? 1 : 0), 0) / inside];
  });
  return shares.length === 0 ? null : shares.reduce((sum, value) => sum + value, 0) / shares.length;
}

function onceEach(members: readonly TransplantEffect[]): TransplantEffect[] {
  const best = new Map<number, TransplantEffect>();
  for (const member of members) {
    const known = best.get(member.donor);
    if (!known || known.share < member.share) best.set(member.donor, member);
  }
  return [...best.values()].sort((a, b) => b.share - a.share);
}

/** Pairs of more carriers than this tell nothing new. */
const MOST_COMPARED = 10;

function alikeness(
  seen: ScoredImages,
  kind: EvidenceKind,
  place: string,
  carriers: readonly TransplantEffect[],
  properties: ImageProperties,
): number {
  const some = carriers.slice(0, MOST_COMPARED);
  if (kind === 'levels' || kind === 'texture')
    return shiftAlikeness(
      seen,
      kind,
      seen.labels[carriers[0]!.donor]!,
      carriers.map(({ donor }) => donor),
      properties,
    );
  const { side, patch } = patchesOf(seen);
  const reach = place === 'any' ? Math.round(side / 16) : reachOf(side);
  const there = windows.find(({ name }) => name === place);
  const parts = some.map(({ donor, transplant }) =>
    (there ?? transplant.region!).parts.map((part) => patch(donor, part)),
  );
  // Of each carrier the likeness to the others; those that came in by chance must not hide the rest.
  const each = parts.map((own, i) =>
    median(parts.flatMap((other, j) => (i === j ? [] : [partsLikeness(own, other, reach)]))),
  );
  return median(each);
}
