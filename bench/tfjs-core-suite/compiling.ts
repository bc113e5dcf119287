import * as plain from '@tensorflow/tfjs-core/dist/gradients.js';
import { op as plainOp } from '@tensorflow/tfjs-core/dist/ops/operation.js';

// Part of the bundle of the suite in its compiled form (see bundle.ts): stands for two modules of tfjs-core.
export { OP_SCOPE_SUFFIX } from '@tensorflow/tfjs-core/dist/ops/operation.js';
export { customGrad } from '@tensorflow/tfjs-core/dist/gradients.js';

type Run = (...args: unknown[]) => unknown;
const { compiledOnce } = globalThis as unknown as { compiledOnce: (run: Run, args: unknown[]) => unknown };

/** Every call of an operation is a function of its own that is compiled, run once and disposed of. */
export function op(functions: Record<string, Run>): Run {
  const run = plainOp<Run>(functions);
  const compiling: Run = (...args) => compiledOnce(run, args);
  Object.defineProperty(compiling, 'name', { value: run.name });
  return compiling;
}

/** So is every call of a function that takes gradients. */
const gradient =
  (take: (f: never) => unknown) =>
  (f: never): Run => {
    const run = take(f) as Run;
    return (...args) => compiledOnce(run, args);
  };
export const grad = gradient(plain.grad);
export const grads = gradient(plain.grads);
export const valueAndGrad = gradient(plain.valueAndGrad);
export const valueAndGrads = gradient(plain.valueAndGrads);
export const variableGrads: Run = (...args) => compiledOnce(plain.variableGrads as Run, args);
