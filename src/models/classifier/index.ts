export { type ClassifierOptions, classifier } from './classifier.js';
export { layerDepths, type LayerDepths } from './blocks.js';
export { noBranches } from './drop-path.js';
export type { Attention, Classifier, Preprocessing, TrainingPass } from './types.js';
export { normalize } from './normalize.js';
export { findEnding } from './ending.js';
export { flatten, type Graph, type Layer, type Shape } from './graph.js';
export { findTarget } from './target-layer.js';
