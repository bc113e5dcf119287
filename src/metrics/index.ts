export { areaUnderCurve } from './area-under-curve.js';
export { benjaminiHochberg } from './benjamini-hochberg.js';
export {
  bootstrap,
  mean,
  meanEstimate,
  quantile,
  type BootstrapOptions,
  type Estimate,
} from './bootstrap.js';
export { inView, rectanglesMask, wholePixels, type Rectangle } from './boxes.js';
export { calibration, type Calibration, type ConfidenceBin } from './calibration.js';
export { centerOfMass } from './center-of-mass.js';
export { confidenceChange, type ConfidenceChange } from './confidence-change.js';
export { balancedAccuracy, classScores, confusionMatrix, type ClassScores } from './confusion.js';
export { holm } from './holm.js';
export { hog, hogSimilarity } from './hog.js';
export { linearImputation } from './linear-imputation.js';
export { aboveMean, maskIoU } from './mask-iou.js';
export { meanAbsoluteDifference } from './mean-absolute-difference.js';
export { pearson } from './pearson.js';
export { energyInside, hits, mostSalientPixel, type Pixel } from './pointing.js';
export { placesOf, rankPixels } from './rank-pixels.js';
export { relativeDistance } from './relative-distance.js';
export { signFlipTest } from './sign-flip.js';
export { mapSimilarity, type MapSimilarity } from './similarity.js';
export { averageRanks, rankCorrelation, spearman } from './spearman.js';
export { studentQuantile, studentTwoSided } from './student.js';
export { ssim, type SsimWindow } from './ssim.js';
