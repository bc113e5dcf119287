import type { Column, Measured, RunResult } from '../types.js';
import { accuracyAt } from './equal-time.js';
import { differences, meanOf } from './paired.js';

/** A figure of a run. */
export interface Figure {
  /** Heads a column. */
  label: string;
  /** What it says, a clause. */
  about: string;
  unit: 'share' | 'number' | 'seconds' | 'images/s';
  /** Of each image, where it is a mean over images. */
  images?: (run: RunResult) => Column;
  /** Of the run as a whole; null where not defined. */
  of: (run: RunResult, control: RunResult | undefined) => number | null;
}

export type FigureName =
  | 'top1'
  | 'top5'
  | 'loss'
  | 'bestTop1'
  | 'blurredTop1'
  | 'swappedTop1'
  | 'swapGap'
  | 'energyLafam'
  | 'energyGradCam'
  | 'equalTimeTop1'
  | 'seconds'
  | 'imagesPerSecond';

/** Every figure that runs are compared by, in the order of the tables. */
export const figures: Readonly<Record<FigureName, Figure>> = {
  top1: ofImages('top-1', 'validation accuracy after the last epoch', 'share', ({ columns }) => columns.top1),
  top5: ofImages('top-5', 'label among the five most likely classes', 'share', ({ columns }) => columns.top5),
  loss: ofImages(
    'loss',
    'validation cross entropy after the last epoch',
    'number',
    ({ columns }) => columns.loss,
  ),
  bestTop1: {
    label: 'best top-1',
    about:
      'highest validation accuracy of any epoch that was validated: chosen by looking, so too high for every arm',
    unit: 'share',
    of: ({ curve }) => Math.max(...curve.slice(1).map(({ top1 }) => top1)),
  },
  blurredTop1: ofImages(
    'background blurred',
    'accuracy with everything beside the object blurred',
    'share',
    ({ columns }) => columns.blurred,
  ),
  swappedTop1: ofImages(
    'background swapped',
    'accuracy with the background of an image of another class',
    'share',
    ({ columns }) => columns.swapped,
  ),
  swapGap: ofImages(
    'swap gap',
    'accuracy lost when the background is swapped, on the images with a known object',
    'share',
    ({ columns }) => differences(columns.top1, columns.swapped),
  ),
  energyLafam: ofImages(
    'energy, LaFAM',
    'share of the activation that lies on the object',
    'share',
    ({ columns }) => columns.energyLafam,
  ),
  energyGradCam: ofImages(
    'energy, Grad-CAM',
    "share of the label's Grad-CAM that lies on the object",
    'share',
    ({ columns }) => columns.energyGradCam,
  ),
  equalTimeTop1: {
    label: 'top-1 at equal time',
    about: 'validation accuracy at the training time that the control took in all',
    unit: 'share',
    of: ({ curve }, control) => (control ? accuracyAt(curve, totalSeconds(control)) : null),
  },
  seconds: {
    label: 'training time',
    about: 'training alone, without validation and measuring',
    unit: 'seconds',
    of: totalSeconds,
  },
  imagesPerSecond: {
    label: 'images/s',
    about: 'training images in that time',
    unit: 'images/s',
    of: (run) => (totalSeconds(run) > 0 ? run.images / totalSeconds(run) : null),
  },
};

function totalSeconds({ curve }: RunResult): number {
  return curve.at(-1)!.seconds;
}

function ofImages(
  label: string,
  about: string,
  unit: Figure['unit'],
  images: (measured: Measured) => Column,
): Figure {
  const ofRun = ({ measured }: RunResult): Column => images(measured);
  return { label, about, unit, images: ofRun, of: (run) => meanOf(ofRun(run)) };
}

/** The name of the figure that says how accurate a network is on further images. */
export function alsoFigure(name: string): string {
  return `also:${name}`;
}

/** The name of the figure that says how much more accurate it is there than on the validation images. */
export function shiftFigure(name: string): string {
  return `shift:${name}`;
}

/** The figures of some runs: those that all have, and the accuracies on the further images that were measured. */
export function figuresOf(results: readonly RunResult[]): Record<string, Figure> {
  const names = [...new Set(results.flatMap(({ also }) => Object.keys(also ?? {})))];
  return {
    ...figures,
    ...Object.fromEntries(
      names.flatMap((name) => {
        const images = ({ also }: RunResult): Column => also?.[name]?.columns.top1 ?? [];
        const accuracy: Figure = {
          label: `top-1, ${name}`,
          about: `accuracy on ${name}`,
          unit: 'share',
          images,
          of: (run) => meanOf(images(run)),
        };
        const shift: Figure = {
          label: `${name} less validation`,
          about: `accuracy on ${name} less that on the validation images`,
          unit: 'share',
          of: (run) => differences([meanOf(images(run))], [meanOf(run.measured.columns.top1)])[0] ?? null,
        };
        return [[alsoFigure(name), accuracy] as const, [shiftFigure(name), shift] as const];
      }),
    ),
  };
}
