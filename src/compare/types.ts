/** What is known of each validation image, in the order of the files; null where it is not defined. */
export type Column = readonly (number | null)[];

/**
 * What is measured of a network on each validation image:
 * - loss: cross entropy; top1, top5: 1 where the label is among the highest one or five logits, else 0;
 * - blurred, swapped: top1 with the background blurred, or that of another image; null without a known object;
 * - energyLafam, energyGradCam: share of the map's sum inside the object, 0 to 1; null without object, or map;
 * - objectArea: share of the image that the object fills, which is what a map that says nothing has inside.
 */
export type ImageFigure =
  'loss' | 'top1' | 'top5' | 'blurred' | 'swapped' | 'energyLafam' | 'energyGradCam' | 'objectArea';

/** A network measured on the validation images. */
export interface Measured {
  /** Relative to the folder of the validation images. */
  files: string[];
  columns: Record<ImageFigure, Column>;
}

/** Where a run stood after some epochs. */
export interface CurvePoint {
  epoch: number;
  /** Training time so far: validation, checkpoints and pictures are not in it. */
  seconds: number;
  /** Share of the validation images, 0 to 1. */
  top1: number;
  loss: number;
}

/** One arm trained with one seed: the content of result.json. */
export interface RunResult {
  arm: string;
  seed: number;
  steps: number;
  /** Images trained on, over all epochs. */
  images: number;
  /** By epoch, as far as they were validated: the last one was. The first point is before the first step. */
  curve: CurvePoint[];
  /** The network after the last epoch. */
  measured: Measured;
  /** Accuracy of the same network on the plan's further validation images, by their names. */
  also?: Record<string, AlsoMeasured>;
  /** How many processes made runs at the same time, where that was more than one: its times are not those of a run alone. */
  processes?: number;
}

/** A network measured on further images: accuracy alone. */
export interface AlsoMeasured {
  files: string[];
  columns: Record<'loss' | 'top1', Column>;
}

/** What all arms have in common: the content of start.json. */
export interface Start {
  /** How the network was made: starting weights, a new head. */
  notes: string[];
  layer: string;
  device: string;
  images: { train: number; val: number };
  classNames: string[];
  /** Where the objects come from: annotated boxes, or the starting network's own LaFAM masks. */
  objects: 'boxes' | 'lafam';
  /** The network before the first step, with the first seed. */
  measured: Measured;
}

/** What a comparison is: the content of compare.yaml. */
export interface ComparisonPlan<Recipe> {
  /** plain first; see armNamed for their names. */
  arms: string[];
  /** Of the runs; with `draws` also the numbers of the draws. */
  seeds: number[];
  /** The arm that the others are compared with; null until equalCost has found it. */
  control: string | null;
  /** Whether each seed is another draw of the data, and the draw the unit of what is said. */
  draws: boolean;
  /** Whether plain is given as many epochs as the dearest arm's time pays for. */
  equalCost: boolean;
  /** Further validation images on which accuracy is measured: folders or tables by name. */
  also: Record<string, string>;
  recipe: Recipe;
}
