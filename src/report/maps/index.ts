export { isZero } from './captions.js';
export { comparison } from './comparison.js';
export { writePage } from './page.js';
export type { ClassScore, Drawing, Format, ImageRecord, MapRecord } from './types.js';
