export { openNetwork } from './network.js';
export { type Prediction, predictions, topClasses } from './predictions.js';
