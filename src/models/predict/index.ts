export { openNetwork } from './network.js';
export { type Prediction, likeliest, predictions } from './predictions.js';
