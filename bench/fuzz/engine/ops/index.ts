import { cases } from './cases.js';
import { elementwise } from './elementwise.js';
import { layers } from './layers.js';
import { norms, type Norms, plain } from './norms.js';
import type { Vocabulary } from './op.js';
import { reductions } from './reductions.js';
import { shapes } from './shapes.js';

export { fused, plain } from './norms.js';
export type { Op, Slot, Vocabulary } from './op.js';

/** All operations, with the batch norms of one's choice. */
export function vocabulary(of: Norms): Vocabulary {
  return { ...elementwise, ...reductions, ...shapes, ...layers, ...cases, ...norms(of) };
}

/** The same for who only looks at signatures. */
export const signatures: Vocabulary = vocabulary(plain);
