export { type ClassifierOptions, classifier } from './classifier.js';
export type { Classifier, Preprocessing, TrainingPass } from './types.js';
export { normalize } from './normalize.js';
