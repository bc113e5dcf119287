export {
  accuracy,
  type AccuracyFigures,
  type AccuracyOptions,
  type AccuracyReport,
  type WrongImage,
} from './accuracy.js';
export { groupCamAblations, paperAblations } from './ablations.js';
export { agreement, type AgreementFigures, type AgreementOptions } from './agreement.js';
export { confidenceDrop, type ConfidenceDropOptions } from './confidence-drop.js';
export type { EvaluationOptions, Figures, Protocol, Report, SaliencyMethod } from './types.js';
export { controls } from './controls.js';
export { inFill, type InFill } from './in-fill.js';
export {
  insertionDeletion,
  type InsertionDeletion,
  type InsertionDeletionOptions,
  type InsertionDeletionReport,
} from './insertion-deletion.js';
export { maxSensitivity, type MaxSensitivityOptions } from './max-sensitivity.js';
export { namedMethods, type NamedMethods, type Settings } from './named-methods.js';
export { perturbationScores } from './perturbation.js';
export {
  pointingGame,
  type Pointing,
  type PointingGameOptions,
  type PointingGameReport,
} from './pointing-game.js';
export { keepWeights, randomizeLayer, weightedLayers } from './randomize.js';
export { ShareMeasured } from './share-measured.js';
export { road, type Road, type RoadOptions } from './road.js';
export { runningTime, type RunningTimeOptions } from './running-time.js';
export {
  sanityChecks,
  type Randomization,
  type SanityFigures,
  type SanityOptions,
  type SanityState,
} from './sanity.js';
