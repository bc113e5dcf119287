import * as tf from '@tensorflow/tfjs-core';
import type { Attribute } from './native/runtime/engine.js';
import { isPixels, type Pixels, pixelsToTensor } from './pixels.js';
import { flatten, type Leaf } from './structure.js';

/** Number format of the heavy operations; 16-bit formats are autocast: variables and statistics stay float32. */
export type Precision = 'float32' | 'bfloat16' | 'float16';

/**
 * The precision to compute in where speed is what 16 bits were asked for: float32 on a device where that is faster.
 * float16 is for GPUs: CPUs emulate it (but for AVX512-FP16, which has not been measured). compile() itself always does
 * what it is told.
 *
 * @param runtime what loadTensorflow() answered
 */
export function usefulPrecision<P extends Precision>(
  asked: P,
  { bfloat16, device }: { bfloat16: boolean; device: 'cpu' | 'gpu' },
): P | 'float32' {
  const gains = { float32: true, bfloat16, float16: device === 'gpu' };
  return gains[asked] ? asked : 'float32';
}

export interface CompileOptions {
  /** Default 'float32'. */
  precision?: Precision;
  /** Seed of random operations without a seed of their own; default: a random one. */
  seed?: number;
  /** Receives notes: frequent new traces, values frozen into the graph. Default: console.warn. */
  onNote?: (note: string) => void;
  /** Name in notes and error messages; default the function's own. */
  name?: string;
}

/** What may be handed over for an argument: bytes where a tensor is asked for, also inside arrays and plain objects. */
export type AcceptsPixels<T> = T extends tf.Variable
  ? T
  : T extends tf.Tensor
    ? T | Pixels
    : T extends (...args: never[]) => unknown
      ? T
      : T extends object
        ? { [Key in keyof T]: AcceptsPixels<T[Key]> }
        : T;

/** A function compiled by `compile`. */
export interface Compiled<Args extends unknown[], Result> {
  (...args: { [Index in keyof Args]: AcceptsPixels<Args[Index]> }): Result;
  /** How often the function was traced (0 where it runs eagerly). */
  traces(): number;
  /** Frees graphs and captured tensors; variables become ordinary ones again. The function traces anew if called. */
  dispose(): void;
}

/** The part that knows a backend: installed on the backend object by what loads it. */
export interface Compiler {
  /** Whether a function is being traced right now. */
  tracing(): boolean;
  /** The trace in progress, as an object of which every trace has its own. */
  trace(): object | undefined;
  /** Runs `fn`; inside a trace, what it computes is computed in that precision. */
  inPrecision<T>(precision: Precision, fn: () => T): T;
  /** Inside a trace, records an operation that updates variables in place and returns true. */
  update(op: string, attributes: Attribute[], variables: tf.Variable[], inputs: tf.Tensor[]): boolean;
  compile(fn: (...args: never[]) => unknown, options: Required<CompileOptions>): CompiledOnBackend;
}

export interface CompiledOnBackend {
  call(args: unknown[]): unknown;
  traces(): number;
  /** What the backend holds for the function; must not refer to it, or neither would ever be freed. */
  graphs: { freeAll(): void };
}

/** Frees the graphs of compiled functions that nobody can call any more. */
const abandoned = new FinalizationRegistry((graphs: CompiledOnBackend['graphs']) => graphs.freeAll());

/** Where a backend that can run graphs keeps its compiler. */
export const COMPILER = Symbol.for('camtune.compiler');

/**
 * Makes a tfjs function fast: on the native TensorFlow backend it is traced once for every combination of argument
 * shapes and dtypes, and from then on runs as one TensorFlow graph. On every other backend, with `CAMTUNE_EAGER=1`,
 * inside another compiled function, while gradients are taken, in tfjs's debug mode and while it profiles, it simply is
 * `fn`.
 *
 * `fn` takes and returns tensors, nested in arrays and plain objects. It may use and assign tf.Variables, take
 * gradients, draw random numbers (new ones at every call), and make variables at its first call that it keeps (as
 * optimizers do). It may not read values (dataSync). Numbers, strings and variables among the arguments belong to the
 * trace: another one is traced anew. `Pixels` arguments reach `fn` as int32 tensors.
 *
 * @throws on the first call, when `fn` reads a value, is asynchronous, or uses an op whose output shape depends on
 *   data; at any call, with the op's name, what TensorFlow refuses
 */
export function compile<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
  options: CompileOptions = {},
): Compiled<Args, Result> {
  const complete: Required<CompileOptions> = {
    precision: options.precision ?? 'float32',
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 31),
    onNote: options.onNote ?? ((note) => console.warn(note)),
    name: options.name ?? (fn.name || 'function'),
  };
  const eager = (args: unknown[]): Result => {
    const { leaves, rebuild } = flatten(args);
    if (!leaves.some(isPixels)) return fn(...(args as Args));
    const made = leaves.map((leaf) => (isPixels(leaf) ? pixelsToTensor(leaf) : leaf));
    let returned = new Set<Leaf>();
    try {
      const result = fn(...(rebuild(made) as Args));
      returned = new Set(flatten(result).leaves);
      return result;
    } finally {
      leaves.forEach(
        (leaf, i) => isPixels(leaf) && !returned.has(made[i]!) && (made[i] as tf.Tensor).dispose(),
      );
    }
  };
  let bound: { backend: object; compiled: CompiledOnBackend } | undefined;
  const compiled = (...args: unknown[]): Result => {
    const backend = tf.backend() as { [COMPILER]?: Compiler };
    const compiler = backend[COMPILER];
    // Inside another trace, the operations become part of that one.
    if (!compiler || compiler.tracing() || environment('CAMTUNE_EAGER') === '1' || observed())
      return eager(args);
    if (bound?.backend !== backend) {
      dispose();
      bound = { backend, compiled: compiler.compile(fn, complete) };
      abandoned.register(compiled, bound.compiled.graphs, compiled);
    }
    return bound.compiled.call(args) as Result;
  };
  const dispose = (): void => {
    bound?.compiled.graphs.freeAll();
    bound = undefined;
    abandoned.unregister(compiled);
  };
  return Object.assign(compiled, { traces: () => bound?.compiled.traces() ?? 0, dispose });
}

/**
 * Keeps a part of a function out of autocast: inside a function that is compiled in 16 bits, what `fn` computes stays in
 * float32 (gradients of it that are taken later follow the usual rules). Everywhere else it simply is `fn`. For sums
 * whose rounding would show: a blur, the powers of a matrix. Like `torch.autocast(enabled=False)`.
 */
export function inFloat32<T>(fn: () => T): T {
  return inPrecision('float32', fn);
}

/**
 * Autocast for a part of a function: inside a compiled function, what `fn` computes is computed in that precision,
 * whatever the whole was compiled in (the innermost call counts). Gradients of it that are taken later follow the rules
 * of the whole. Everywhere else it simply is `fn`. For passes whose answers are compared and not learned from. Like
 * `torch.autocast(dtype=…)`.
 */
export function inPrecision<T>(precision: Precision, fn: () => T): T {
  const compiler = (tf.backend() as { [COMPILER]?: Compiler })[COMPILER];
  return compiler ? compiler.inPrecision(precision, fn) : fn();
}

/**
 * Whether somebody wants to see every operation: the tape of tfjs, for a gradient that is taken from outside, its debug
 * mode or its profiler. None of them can look into a graph.
 */
function observed(): boolean {
  const { state } = tf.engine() as unknown as { state: { gradientDepth: number; profiling: boolean } };
  return state.gradientDepth > 0 || state.profiling || tf.env().getBool('DEBUG');
}

/** This file also runs in browsers. */
function environment(name: string): string | undefined {
  return typeof process === 'undefined' ? undefined : process.env[name];
}
