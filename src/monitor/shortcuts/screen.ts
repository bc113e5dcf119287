import { random, mixSeeds } from '../../random.js';
import { transplantsOf, type EvidenceKind, type Transplant } from './transplants.js';
import { logOdds, median } from './odds.js';
import type { QueriedNetwork, EvidenceMap, ShownImages } from './types.js';

/** The images as the network sees them. */
export interface ScoredImages extends ShownImages {
  /** Log-odds of every class for each image: [N][classes]. */
  odds: Float64Array[];
  /** Of each class: its images. */
  own: number[][];
  /** Of each class: the images of others that the network does not take for it. */
  others: number[][];
  /** Of each class: median log-odds of its images less that of the others, 2 at least: what gains are shares of. */
  gaps: number[];
}

/** What something of an image, put into one of another class, does there. */
export interface TransplantEffect {
  donor: number;
  transplant: Transplant;
  /** What the log-odds of the donor's class gained, as a share of the class's gap. */
  share: number;
}

/** Log-odds: beside less, in a network that has hardly learned a class, anything would be much. */
const LEAST_GAP = 2;

/** Asks the network about all images. */
export async function see(network: QueriedNetwork, images: ShownImages): Promise<ScoredImages> {
  const odds = await oddsOf(network, images.pixels);
  const classes = [...Array(network.classes).keys()];
  const all = [...images.pixels.keys()];
  const own = classes.map((index) => all.filter((at) => images.labels[at] === index));
  const others = classes.map((index) =>
    all.filter((at) => images.labels[at] !== index && odds[at]![index]! < 0),
  );
  const gaps = classes.map((index) => {
    const middle = (list: readonly number[]): number => median(list.map((at) => odds[at]![index]!));
    const gap = middle(own[index]!) - middle(all.filter((at) => images.labels[at] !== index));
    return Math.max(LEAST_GAP, gap || 0);
  });
  return { ...images, odds, own, others, gaps };
}

/** Log-odds of every class: [N][classes]. */
export async function oddsOf(
  network: QueriedNetwork,
  pixels: readonly Uint8Array[],
): Promise<Float64Array[]> {
  if (pixels.length === 0) return [];
  const logits = await network.logits(pixels);
  return logits.map((row) => Float64Array.from(row, (_, index) => logOdds(row, index)));
}

/**
 * Gives what each image of a class may show its class by to one image of another class, and looks what the class
 * gains: one pass for each.
 */
export async function screen(
  network: QueriedNetwork,
  seen: ScoredImages,
  index: number,
  { seed, maps }: { seed: number; maps: readonly EvidenceMap[] },
): Promise<TransplantEffect[]> {
  const { pixels, size, odds, gaps } = seen;
  const next = random(mixSeeds(seed, 1, index));
  const pool = seen.others[index]!;
  const given = seen.own[index]!.flatMap((donor) => {
    const to = pool[Math.floor(next() * pool.length)]!;
    return transplantsOf(pixels[donor]!, size, maps[donor]!).map((transplant) => ({ donor, transplant, to }));
  });
  const after = await oddsOf(
    network,
    given.map(({ transplant, to }) => transplant.to(pixels[to]!)),
  );
  return given.map(({ donor, transplant, to }, at) => ({
    donor,
    transplant,
    share: (after[at]![index]! - odds[to]![index]!) / gaps[index]!,
  }));
}

/** From which share on the effect of a transplant counts: what natural parts of an image seldom reach. */
export const effectThresholds: Record<EvidenceKind, number> = {
  window: 0.2,
  strip: 0.45,
  frame: 0.5,
  levels: 0.2,
  texture: 0.15,
};
