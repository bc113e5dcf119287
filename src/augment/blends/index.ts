export { blends } from './blends.js';
export type { Blend, Blended, BlendInputs } from './contract.js';
export { pick, squareSums } from './keep-augment.js';
export { inRectangles, patches } from './rectangle.js';
