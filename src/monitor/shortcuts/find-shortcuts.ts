import { invalid } from '../../errors.js';
import { benjaminiHochberg, energyInside, meanEstimate, type Estimate } from '../../metrics/index.js';
import { resizeBilinear } from '../../report/index.js';
import type { Basis } from './candidate.js';
import { confirm, type Confirmed } from './confirm.js';
import { candidatesOf } from './group.js';
import { classCasts } from './cast.js';
import { looksOf } from './look.js';
import { sharedTints } from './tint.js';
import { imageProperties } from './properties.js';
import type { EvidenceKind } from './transplants.js';
import { screen, see, type ScoredImages } from './screen.js';
import { isWorthAsking, verdictOf, type Verdict } from './verdict.js';
import type { QueriedNetwork, EvidenceMap, ShownImages } from './types.js';

export interface ShortcutOptions {
  /** Images of other classes that a candidate is given to. Default 24. */
  recipients?: number;
  /** Share of false ones that is tolerated among the alarms (Benjamini–Hochberg). Default 0.1. */
  level?: number;
  /** Default 0. */
  seed?: number;
  /** Is told how many of the classes are done. */
  onProgress?: (done: number, all: number) => void;
}

/** Evidence that images of a class have in common. */
export interface Finding {
  classIndex: number;
  kind: EvidenceKind;
  /** Name of the region that most carriers have it in; 'any' for several places; 'levels' or 'texture' for the whole image. */
  place: string;
  /** Images of the class that have it, the most telling first, with the region where it is. */
  carriers: { image: number; region?: readonly (readonly [number, number, number, number])[] }[];
  /** Images of the class that were looked at. */
  images: number;
  /** How alike it is in these images: 1 the same, 0 as unlike as any. */
  alike: number;
  /** By what it was found, and how `alike` was judged: see docs/shortcuts.md. */
  basis: Basis;
  /** With boxes: share of the region outside of them; null without, and for what has no place. */
  outside: number | null;
  /** What images of other classes gain of this class's evidence when they are given it, less what another class's same part gives them: 1 is as much as a whole image of the class has. */
  gain: Estimate;
  /** The same in probability of the class. */
  probabilityGain: Estimate;
  /** What carriers lose of their class's evidence without it, less what they lose without as much elsewhere. */
  loss: Estimate;
  /** The same in probability. */
  probabilityLoss: Estimate;
  pValue: number;
  /** After Benjamini and Hochberg, over all candidates of all classes. */
  adjusted: number;
  /** Whether it is a shortcut, as far as can be told. */
  alarm: boolean;
  /** What it is taken for. */
  verdict: Verdict;
}

/** What was found, and what was asked. */
export interface Shortcuts {
  /** Alarms first, then by gain times the share of the class's images that have it. */
  findings: Finding[];
  /** Classes that could not be looked at: too few images, or the network never says them. */
  leftOut: number[];
  /** Share of each class's images that the network takes for it; NaN of none. */
  recalls: number[];
  /** With boxes: of each image that has one the share of its evidence outside of them, and their area. */
  outside?: (OutsideShare | null)[];
  /** Groups of images that were compared; those among them that look different in every image were not asked about. */
  candidates: number;
  /** Images that went through the network. */
  passes: number;
}

export interface OutsideShare {
  classIndex: number;
  share: number;
  area: number;
}

/** A class with fewer images has nothing in common. */
const FEWEST_IMAGES = 6;

/**
 * Looks for evidence that images of a class share, that other classes lack, and that is not likely the object: what
 * stands at the same place or looks the same in many of them, or is a property of the whole image, and moves the network
 * to the class when it is given to images of others.
 *
 * @param network asked for logits and maps only
 * @param images with their classes; those that the network was trained on show best what it learned
 * @throws InvalidInput where there are fewer than two classes with images
 */
export async function findShortcuts(
  network: QueriedNetwork,
  images: ShownImages,
  options: ShortcutOptions = {},
): Promise<Shortcuts> {
  const { recipients = 24, level = 0.1, seed = 0, onProgress } = options;
  let [passes, grouped] = [0, 0];
  const counted: QueriedNetwork = {
    ...network,
    logits: (pixels) => ((passes += pixels.length), network.logits(pixels)),
    evidence: (pixels, classes) => ((passes += pixels.length), network.evidence(pixels, classes)),
  };
  const seen = await see(counted, images);
  const looked = seen.own.map((own, index) => canBeLooked(seen, index) && own.length > 0);
  if (seen.own.filter((own) => own.length > 0).length < 2)
    throw invalid(
      'images',
      'images of two classes at least',
      seen.own.filter((own) => own.length > 0).length,
    );
  const maps = await counted.evidence(seen.pixels, seen.labels);
  const properties = imageProperties(seen);
  const looks = looksOf(seen);
  const casts = classCasts(seen, properties);
  const tints = sharedTints(seen);
  const confirmed: Confirmed[] = [];
  for (const index of seen.own.keys()) {
    if (looked[index]) {
      const screened = await screen(counted, seen, index, { seed, maps });
      const candidates = candidatesOf(seen, index, screened, {
        properties,
        looks,
        cast: casts[index],
        // Where another class has a cast, the network knows this one by the lack of it.
        tint: casts.some((cast, at) => cast && at !== index) ? undefined : tints[index],
      });
      grouped += candidates.length;
      for (const candidate of candidates.filter(isWorthAsking))
        confirmed.push(await confirm(counted, seen, candidate, { seed, recipients }));
    }
    onProgress?.(index + 1, seen.own.length);
  }
  const adjusted = benjaminiHochberg(confirmed.map(({ pValue }) => pValue));
  const findings = saidOnce(confirmed.map((one, at) => findingOf(one, seen, adjusted[at]!, level)));
  return {
    findings: findings.sort((a, b) => Number(b.alarm) - Number(a.alarm) || harm(b) - harm(a)),
    leftOut: [...seen.own.keys()].filter((index) => seen.own[index]!.length > 0 && !looked[index]),
    recalls: seen.own.map(
      (own, index) => own.filter((at) => isHighest(seen.odds[at]!, index)).length / own.length,
    ),
    ...(images.objects && { outside: maps.map((map, at) => outsideShare(map, seen, at)) }),
    candidates: grouped,
    passes,
  };
}

/** A cast of a class is a tint of a part of it, too. */
function saidOnce(findings: readonly Finding[]): Finding[] {
  const casts = findings.filter(({ basis, alarm }) => basis === 'cast' && alarm);
  const isSaid = ({ basis, classIndex }: Finding): boolean =>
    basis === 'tint' && casts.some((cast) => cast.classIndex === classIndex);
  return findings.filter((finding) => !isSaid(finding));
}

function harm({ gain, carriers, images }: Finding): number {
  return (gain.mean * carriers.length) / images;
}

function isHighest(odds: Float64Array, index: number): boolean {
  return odds.every((value) => odds[index]! >= value);
}

function outsideShare(
  map: EvidenceMap,
  { objects, labels, size }: ScoredImages,
  at: number,
): OutsideShare | null {
  const object = objects?.[at];
  if (!object) return null;
  const { values } = resizeBilinear(map, size, size);
  const positive = Float32Array.from(values, (value) => Math.max(0, value));
  const inside = energyInside(positive, object);
  if (inside === null) return null;
  const area = object.reduce((sum, value) => sum + value, 0) / object.length;
  return { classIndex: labels[at]!, share: 1 - inside, area };
}

function canBeLooked({ own, others }: ScoredImages, index: number): boolean {
  return own[index]!.length >= FEWEST_IMAGES && others[index]!.length >= FEWEST_IMAGES;
}

function findingOf(one: Confirmed, { own }: ScoredImages, adjusted: number, level: number): Finding {
  const { classIndex, basis, kind, place, carriers, alike, outside, pValue } = one;
  const gain = meanEstimate(one.gains)!;
  const verdict = verdictOf({
    basis,
    alike,
    carriers: carriers.length,
    outside,
    gain,
    adjusted,
    level,
  });
  return {
    classIndex,
    kind,
    place,
    carriers: carriers.map(({ donor, transplant }) => ({
      image: donor,
      ...(transplant.region && { region: transplant.region.parts }),
    })),
    images: own[classIndex]!.length,
    alike,
    basis,
    outside,
    gain,
    probabilityGain: meanEstimate(one.probabilityGains)!,
    loss: meanEstimate(one.losses)!,
    probabilityLoss: meanEstimate(one.probabilityLosses)!,
    pValue,
    adjusted,
    alarm: verdict === 'shortcut',
    verdict,
  };
}
