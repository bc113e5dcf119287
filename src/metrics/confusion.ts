import { mean } from './bootstrap.js';

/** How one class was predicted. A figure is null where nothing defines it. */
export interface ClassScores {
  /** Images of the class. */
  support: number;
  /** Images that were taken for it. */
  predicted: number;
  /** Share of the images taken for the class that are of it. */
  precision: number | null;
  /** Share of the images of the class that were taken for it. */
  recall: number | null;
  /** Harmonic mean of precision and recall. */
  f1: number | null;
}

/**
 * Counts how often each class was taken for each.
 *
 * @param labels class index of each image
 * @param predictions class index that was predicted for it
 * @returns [classes][classes]: rows are labels, columns predictions
 */
export function confusionMatrix(
  labels: readonly number[],
  predictions: readonly number[],
  classes: number,
): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, image) => matrix[label]![predictions[image]!]!++);
  return matrix;
}

/** Precision, recall, F1 and support of each class of a confusion matrix. */
export function classScores(matrix: readonly (readonly number[])[]): ClassScores[] {
  return matrix.map((row, index) => {
    const right = row[index]!;
    const support = sum(row);
    const predicted = sum(matrix.map((other) => other[index]!));
    const defined = (share: number): number | null => (Number.isFinite(share) ? share : null);
    return {
      support,
      predicted,
      precision: defined(right / predicted),
      recall: defined(right / support),
      f1: defined((2 * right) / (support + predicted)),
    };
  });
}

/** The mean recall over the classes that have images: accuracy, every class counting the same. */
export function balancedAccuracy(scores: readonly ClassScores[]): number {
  return mean(scores.flatMap(({ recall }) => (recall === null ? [] : [recall])));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
