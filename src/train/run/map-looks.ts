import { views } from '../../monitor/index.js';
import type { Recipe } from '../recipe/index.js';
import { BACKWARD } from './passes.js';

/** How `schedule.stop.saliency` looks at the maps: at how many images, after every how many epochs. */
export interface MapLooks {
  images: number;
  every: number;
  /** Forward passes of all looks of the run over the least number of passes that its training takes. */
  cost: number;
}

/** Least number of images that say anything. */
const LEAST = 8;
const MOST = 256;
/** Of an epoch's passes; with the whole images before training, which cost a quarter of a look, a run's looks stay below 5 %. */
const SHARE = 0.04;
/** Passes an image and look: as it is, and in the floor's views. */
const PASSES = 1 + views.length;

/** What the choice follows from. */
export interface MapLooksOf {
  /** Training and validation images. */
  images: { train: number; val: number };
  /** Whether every layer learns but norms. */
  allLearn: boolean;
}

/**
 * How a run looks at its maps; undefined where it does not. What the recipe leaves open is as much as costs 4 % of an
 * epoch's training passes: as many images as that, 8 at least, and where these cost more, after every so many epochs
 * that they do not. Only what is certain counts as training: a forward and a backward pass of each image, the forward
 * pass alone where layers are frozen, no stage and no validation. So the choice follows from data and network, is the
 * same in a run that goes on, and the same images are looked at with another stage or `validateEvery`.
 */
export function mapLooks({ schedule }: Recipe, { images, allLearn }: MapLooksOf): MapLooks | undefined {
  const { within, images: wanted, every: asked } = schedule.stop.saliency;
  if (within === null) return undefined;
  const training = images.train * (allLearn ? 1 + BACKWARD : 1);
  const affordable = SHARE * training;
  const most = Math.floor((affordable * (asked ?? 1)) / PASSES);
  const count = Math.min(images.val, wanted ?? Math.min(MOST, Math.max(LEAST, most)));
  // Who asks for images has them in every epoch.
  const every = asked ?? (wanted === null ? Math.max(1, Math.ceil((PASSES * count) / affordable)) : 1);
  const looks = Math.floor(schedule.epochs / every);
  const passes = looks === 0 ? 0 : count * (1 + PASSES * looks);
  return { images: count, every, cost: passes / (schedule.epochs * training) };
}

/** The same for people, before a run. */
export function mapLooksLine(looks: MapLooks | undefined, { val }: { val: number }): string[] {
  if (!looks) return [];
  const { images, every, cost } = looks;
  const when = every === 1 ? 'every epoch' : `every ${every} epochs`;
  return [
    `maps: ${images} of ${val} validation images after ${when}, at most ${(100 * cost).toFixed(1)} % of the passes of training (schedule.stop.saliency.images and .every)`,
  ];
}

/** Why the rule of the maps will not come to anything, a sentence; empty where there are looks enough. */
export function mapLooksWarnings({ schedule }: Recipe, looks: MapLooks | undefined): string[] {
  const { epochs, stop } = schedule;
  const found = looks ? Math.floor(epochs / looks.every) : 0;
  if (!looks || found >= stop.saliency.for) return [];
  const times = (count: number): string => (count === 1 ? 'one look' : `${count} looks`);
  return [
    `schedule.stop.saliency cannot say in this run that the maps have settled: it takes ${times(stop.saliency.for)} (schedule.stop.saliency.for), and after every ${looks.every} epochs there ${found === 1 ? 'is' : 'are'} ${found} in ${epochs} epochs; schedule.stop.saliency.every: 1 looks after every epoch, whatever that costs`,
  ];
}
