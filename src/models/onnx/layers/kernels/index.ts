import { arrange } from './arrange.js';
import { convolve } from './convolve.js';
import { elementwise } from './elementwise.js';
import type { Kernel } from './kernels.js';
import { normalize } from './normalize.js';
import { pool } from './pool.js';
import { product } from './product.js';
import { reduce } from './reduce.js';

export type Family =
  'elementwise' | 'arrange' | 'padding' | 'reduce' | 'normalize' | 'pool' | 'convolve' | 'product';

const families = { elementwise, arrange, reduce, normalize, pool, convolve, product };
const all: Record<string, Kernel> = Object.assign({}, ...Object.values(families)) as Record<string, Kernel>;

/** @throws Error for a name that a file made up */
export function kernelOf(operation: string): Kernel {
  if (!Object.hasOwn(all, operation)) throw new Error(`there is no operation '${operation}'`);
  return all[operation]!;
}

export function familyOf(operation: string): Family {
  if (operation === 'pad' || operation === 'padMirrored') return 'padding';
  const entries = Object.entries(families) as [Family, object][];
  return entries.find(([, kernels]) => operation in kernels)![0];
}
