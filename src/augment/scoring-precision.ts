import type { Classifier } from '../models/index.js';
import { inPrecision, type Precision } from '../tensorflow/index.js';

/** The same network, whose forward passes are computed in a precision of their own; null: in that of the rest. */
export function inScoringPrecision(precision: Precision | null, classifier: Classifier): Classifier {
  if (precision === null) return classifier;
  return {
    ...classifier,
    logits: (images) => inPrecision(precision, () => classifier.logits(images)),
    activations: (images) => inPrecision(precision, () => classifier.activations(images)),
    head: (activations, bypass) => inPrecision(precision, () => classifier.head(activations, bypass)),
  };
}
