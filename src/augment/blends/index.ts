export { blends } from './blends.js';
export type { Blend, Blended, BlendInputs } from './types.js';
export { pick, squareSums } from './keep-augment.js';
export { inRectangles, patches } from './rectangle.js';
