import { invalid } from '../errors.js';

/** The predictions whose confidence lies in one part of [0, 1]. */
export interface ConfidenceBin {
  /** Confidences above `low`, up to and including `high`; the first bin holds 0 too. */
  low: number;
  high: number;
  images: number;
  /** Mean confidence and share of right predictions; null where the bin is empty. */
  confidence: number | null;
  accuracy: number | null;
}

/** How well the confidence of a network says how often it is right. */
export interface Calibration {
  /**
   * Expected calibration error: the mean over all images of the distance between confidence and accuracy of their bin,
   * in [0, 1].
   */
  error: number;
  bins: ConfidenceBin[];
}

/**
 * Expected calibration error in bins of equal width.
 *
 * @param confidences probability of the predicted class of each image, in [0, 1]
 * @param correct whether the prediction was right
 * @param count bins
 * @throws InvalidInput for a number of bins that is not an integer of 1 or more
 * @see Guo et al. (2017), "On Calibration of Modern Neural Networks"
 */
export function calibration(
  confidences: readonly number[],
  correct: readonly boolean[],
  count = 15,
): Calibration {
  if (!(Number.isInteger(count) && count > 0)) throw invalid('bins', 'an integer, 1 or more', count);
  const sums = Array.from({ length: count }, () => ({ images: 0, confidence: 0, correct: 0 }));
  confidences.forEach((confidence, image) => {
    const bin = sums[Math.min(count - 1, Math.max(0, Math.ceil(confidence * count) - 1))]!;
    bin.images++;
    bin.confidence += confidence;
    if (correct[image]) bin.correct++;
  });
  const distance = sums.reduce((total, bin) => total + Math.abs(bin.confidence - bin.correct), 0);
  return {
    error: distance / confidences.length,
    bins: sums.map(({ images, ...bin }, index) => ({
      low: index / count,
      high: (index + 1) / count,
      images,
      confidence: images > 0 ? bin.confidence / images : null,
      accuracy: images > 0 ? bin.correct / images : null,
    })),
  };
}
