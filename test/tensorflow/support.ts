import * as tf from '@tensorflow/tfjs-core';
import { compile, type CompileOptions } from '../../src/tensorflow/index.js';
import { flatten } from '../../src/tensorflow/structure.js';

type Shaped = tf.Tensor & { name?: string };

/** Values in [-1, 1] that look random and repeat themselves, none of them close to another's tie. */
export function wave(shape: number[], seed = 1): tf.Tensor {
  const count = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Float32Array.from({ length: count }, (_, i) => Math.sin(seed * 12.9898 + i * 1.71 + i * i * 0.0123)),
    shape,
  );
}

/** The same, in [0.2, 2.2]. */
export function positive(shape: number[], seed = 1): tf.Tensor {
  return tf.tidy(() => tf.add(wave(shape, seed), 1.2));
}

/** Integers from 0 up to, but not, `end`. */
export function integers(shape: number[], end: number, seed = 1): tf.Tensor {
  return tf.tidy(() => tf.cast(tf.floor(tf.mul(tf.add(wave(shape, seed), 1), end / 2.0001)), 'int32'));
}

/** True and false, mixed. */
export function booleans(shape: number[], seed = 1): tf.Tensor {
  return tf.tidy(() => tf.greater(wave(shape, seed), 0));
}

/** The tensors in a result, in order. */
export function tensorsIn(result: unknown): Shaped[] {
  return flatten(result).leaves as Shaped[];
}

export function values(tensor: tf.Tensor): number[] {
  return Array.from(tensor.dataSync());
}

/** The message of what a function throws. */
export function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

/**
 * The largest difference of two tensors as a share of the largest expected magnitude; infinite where shape, dtype or
 * the place of a NaN differs.
 */
export function difference(found: tf.Tensor, expected: tf.Tensor): number {
  if (found.dtype !== expected.dtype || found.shape.join() !== expected.shape.join()) return Infinity;
  const [a, b] = [values(found), values(expected)];
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 1e-30);
  return a.reduce((worst, value, i) => {
    if (Object.is(value, b[i]) || value === b[i]) return worst;
    const distance = Math.abs(value - b[i]!) / scale;
    return Number.isNaN(distance) ? Infinity : Math.max(worst, distance);
  }, 0);
}

/** What a function gives eagerly and compiled, on the same arguments: the largest difference over its results. */
export function compiledDifference<Args extends unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  options: CompileOptions = {},
): number {
  const compiled = compile(fn as (...args: unknown[]) => unknown, options);
  try {
    return tf.tidy(() => {
      const expected = tensorsIn(fn(...args));
      const found = tensorsIn(compiled(...args));
      if (compiled.traces() !== 1) throw new Error('the function was not compiled');
      if (expected.length === 0 || expected.length !== found.length) return Infinity;
      return Math.max(...found.map((tensor, i) => difference(tensor, expected[i]!)));
    });
  } finally {
    compiled.dispose();
  }
}

/** The function that takes the gradient of a weighted sum of what `fn` gives, with respect to its float arguments. */
export function gradientOf(fn: (...args: tf.Tensor[]) => unknown): (...args: tf.Tensor[]) => tf.Tensor[] {
  return (...args) => {
    const floats = args.map((arg, i) => (arg.dtype === 'float32' ? i : -1)).filter((i) => i >= 0);
    const loss = (...given: tf.Tensor[]): tf.Scalar => {
      const all = args.map((arg, i) => (floats.includes(i) ? given[floats.indexOf(i)]! : arg));
      const terms = tensorsIn(fn(...all))
        .filter((tensor) => tensor.dtype === 'float32')
        .map((tensor, i) => tf.sum(tf.mul(tensor, wave(tensor.shape, i + 2))));
      return tf.addN(terms) as tf.Scalar;
    };
    return tf.grads(loss)(floats.map((i) => args[i]!));
  };
}

/** Tensors of tfjs and of the addon in use. */
export function tensorsInUse(): { tfjs: number; native: number } {
  const { binding } = tf.backend() as unknown as { binding: { getNumOfTensors(): number } };
  return { tfjs: tf.memory().numTensors, native: binding.getNumOfTensors() };
}

/**
 * Inside a `describe`: `owned(x)` is disposed of after the test, which must then have left no other tensor behind.
 */
export function flatMemory(): <T extends { dispose(): void }>(disposable: T) => T {
  let inUse: ReturnType<typeof tensorsInUse>;
  let disposables: { dispose(): void }[] = [];
  beforeEach(() => {
    inUse = tensorsInUse();
  });
  afterEach(() => {
    disposables.reverse().forEach((disposable) => disposable.dispose());
    disposables = [];
    const now = tensorsInUse();
    if (now.tfjs !== inUse.tfjs || now.native !== inUse.native) {
      throw new Error(`tensors left behind: ${JSON.stringify({ before: inUse, after: now })}`);
    }
  });
  return (disposable) => {
    disposables.push(disposable);
    return disposable;
  };
}
