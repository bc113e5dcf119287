import { signFlipTest } from '../../metrics/index.js';
import { mixSeeds, permutation, random, type Random } from '../../random.js';
import { levelsOf, textureOf } from './transfer.js';
import { distance, regionTransplant, imageTransplant, type Transplant } from './transplants.js';
import type { Candidate } from './candidate.js';
import { probabilityOf } from './odds.js';
import { innerRing, regionMask, strips, windows, type Region } from './regions.js';
import { oddsOf, type ScoredImages } from './screen.js';
import { takeRegion, takeWhole } from './take.js';
import type { QueriedNetwork } from './types.js';

/** What a candidate does to the network, in figures of each image. */
export interface Confirmed extends Candidate {
  /** On images of other classes: what the class gains by the transplant less what it gains by another class's, share of the gap. */
  gains: number[];
  /** The same in probability. */
  probabilityGains: number[];
  /** On carriers: what the class loses without it less what it loses without as much elsewhere, share of the gap. */
  losses: number[];
  /** The same in probability. */
  probabilityLosses: number[];
  /** Of a test that gains have no direction. */
  pValue: number;
}

/** Carriers from which the evidence is taken away. */
const TAKEN_FROM = 12;

/**
 * Gives a candidate's evidence to fresh images of other classes, beside the same of a random image of yet another class;
 * and takes it away from its carriers, beside as much elsewhere in the same image.
 */
export async function confirm(
  network: QueriedNetwork,
  seen: ScoredImages,
  candidate: Candidate,
  { seed, recipients }: { seed: number; recipients: number },
): Promise<Confirmed> {
  const { classIndex, carriers } = candidate;
  const { pixels, size, labels, gaps } = seen;
  const next = random(mixSeeds(seed, 2, classIndex, carriers[0]!.donor, carriers.length));
  const pool = seen.others[classIndex]!;
  const order = permutation(pool.length, next);
  const chosen = Array.from(order.slice(0, recipients), (at) => pool[at]!);
  const foreign = (image: number): number => {
    const rest = pool.filter((at) => labels[at] !== labels[image]);
    return rest.length > 0
      ? rest[Math.floor(next() * rest.length)]!
      : pool[Math.floor(next() * pool.length)]!;
  };
  const transplants = chosen.map((_, at) => carriers[at % carriers.length]!.transplant);
  const given = chosen.map((to, at) => transplants[at]!.to(pixels[to]!));
  const controls = chosen.map((to, at) => {
    const other = foreign(to);
    const { control } = transplants[at]!;
    const same = control ? control(labels[other]!) : sameTransplant(pixels[other]!, size, transplants[at]!);
    return same.to(pixels[to]!);
  });
  const from = carriers.slice(0, TAKEN_FROM);
  const usual =
    candidate.kind === 'levels' || candidate.kind === 'texture' ? usualOf(seen, candidate.kind) : undefined;
  const taken = from.map(({ donor, transplant }) => taking(pixels[donor]!, size, transplant, usual));
  const elsewhere = from.map(({ donor, transplant }) =>
    transplant.region
      ? takeRegion(pixels[donor]!, regionMask(controlRegion(transplant.region, next), size), size)
      : pixels[donor]!,
  );
  const odds = await oddsOf(network, [...given, ...controls, ...taken, ...elsewhere]);
  const own = (at: number): number => odds[at]![classIndex]!;
  const [n, m] = [chosen.length, from.length];
  const pairs = chosen.map((_, at) => [own(at), own(n + at)] as const);
  const kept = from.map((_, at) => [own(2 * n + m + at), own(2 * n + at)] as const);
  const share = ([a, b]: readonly [number, number]): number => (a - b) / gaps[classIndex]!;
  const probability = ([a, b]: readonly [number, number]): number => probabilityOf(a) - probabilityOf(b);
  const gains = pairs.map(share);
  return {
    ...candidate,
    gains,
    probabilityGains: pairs.map(probability),
    losses: kept.map(share),
    probabilityLosses: kept.map(probability),
    pValue: signFlipTest(gains, { seed }),
  };
}

function sameTransplant(image: Uint8Array, size: number, { kind, region }: Transplant): Transplant {
  return region
    ? regionTransplant(image, size, region)
    : imageTransplant(image, size, kind as 'levels' | 'texture');
}

function taking(
  image: Uint8Array,
  size: number,
  { region, kind }: Transplant,
  usual?: Float64Array,
): Uint8Array {
  return region
    ? takeRegion(image, regionMask(region, size), size)
    : takeWhole(image, size, kind as 'levels' | 'texture', usual!);
}

/** As much of an image at another place. */
export function controlRegion(region: Region, next: Random): Region {
  if (region.kind === 'frame') return innerRing;
  const all = region.kind === 'window' ? windows : strips;
  const apart = all.filter((other) =>
    region.kind === 'window' ? distance(region, other) >= 0.25 : other.name !== region.name,
  );
  return apart[Math.floor(next() * apart.length)]!;
}

/** Mean levels or texture of all images. */
function usualOf({ pixels, size }: ScoredImages, kind: 'levels' | 'texture'): Float64Array {
  const all = pixels.map((image) => (kind === 'levels' ? levelsOf(image) : textureOf(image, size)));
  return all[0]!.map((_, at) => all.reduce((sum, one) => sum + one[at]!, 0) / all.length);
}
