// Part of the bundle of the suite in its compiled form (see bundle.ts): stands for two modules of tfjs-core.
import { op as plainOp } from 'original:operation';
import * as plain from 'original:gradients';

export * from 'original:operation';
export * from 'original:gradients';

/** Every call of an operation is a function of its own that is compiled, run once and disposed of. */
export function op(functions) {
  const run = plainOp(functions);
  const compiling = (...args) => globalThis.compiledOnce(run, args);
  Object.defineProperty(compiling, 'name', { value: run.name });
  return compiling;
}

/** So is every call of a function that takes gradients. */
const gradient = (name) => (f) => {
  const run = plain[name](f);
  return (...args) => globalThis.compiledOnce(run, args);
};
export const grad = gradient('grad');
export const grads = gradient('grads');
export const valueAndGrad = gradient('valueAndGrad');
export const valueAndGrads = gradient('valueAndGrads');
export const variableGrads = (...args) => globalThis.compiledOnce(plain.variableGrads, args);
