export { operations, type OperationName } from './operations.js';
export { checkPolicy, distorted, mostMagnitude, type Policy } from './policy.js';
export type { RgbImage } from './rgb-image.js';
