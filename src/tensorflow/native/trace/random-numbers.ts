import * as tf from '@tensorflow/tfjs-core';

/** A tensor that tfjs meant to fill with random numbers: shift + scale · distribution. */
export interface RandomTensor {
  distribution: 'uniform' | 'normal' | 'truncated';
  shift: number;
  scale: number;
  /** Integers drawn from a normal distribution are rounded; others are cut off, as storing a float as an integer does. */
  rounded: boolean;
}

/** tfjs's generators, which it does not export. */
interface UniformRandom {
  min: number;
  range: number;
  nextValue(): number;
}
interface NormalRandom {
  mean: number;
  stdDev: number;
  truncated: boolean;
  dtype: tf.DataType | undefined;
  nextValue(): number;
}

/** The prototypes of tfjs's generators, met at the first trace. */
let generators: ReturnType<typeof meetGenerators> | undefined;

function meetGenerators() {
  return {
    uniform: prototypeOf<UniformRandom>('canReturnFloat', () => tf.randomUniform([1])),
    normal: prototypeOf<NormalRandom>('stdDev', () => tf.randomNormal([1])),
  };
}

/** Functions of tfjs that draw a seed from Math.random() where they are given none. */
const SEEDED_BY = /UniformRandom|MPRandGauss/;
/** Its seed goes into an operation, not into a generator, and is replaced there. */
const SEEDED_OPERATION = /multinomial/;

/**
 * While a function is traced, generators of tfjs that nobody gave a seed draw nothing: what they were asked for is noted
 * instead, so that the graph can draw it anew at every call. Generators with a seed give the same numbers at every call:
 * those are constants, as in eager execution.
 */
export function watchRandomNumbers() {
  const { uniform, normal } = (generators ??= meetGenerators());
  const original = { random: Math.random, uniform: uniform.nextValue, normal: normal.nextValue };
  let unseeded = false;
  let frozen = false;
  let drawing: { generator: object; asked: RandomTensor; count: number } | undefined;

  Math.random = () => {
    const caller = callerOf(Math.random);
    if (caller.includes('RandGamma')) {
      throw new Error('compile: tf.randomGamma without a seed is not available inside a compiled function');
    }
    if (SEEDED_BY.test(caller)) unseeded = true;
    else frozen ||= !SEEDED_OPERATION.test(caller);
    return original.random();
  };
  /** In place of the next number of a generator that has no seed. */
  const note = <G extends object>(
    generator: G,
    draw: (this: G) => number,
    asked: (of: G) => RandomTensor,
  ) => {
    if (unseeded) drawing = { generator, asked: asked(generator), count: 0 };
    unseeded = false;
    if (drawing?.generator !== generator) return draw.call(generator);
    drawing.count++;
    return 0;
  };
  uniform.nextValue = function (this: UniformRandom) {
    return note(this, original.uniform, ({ min, range }) => ({
      distribution: 'uniform',
      shift: min,
      scale: range,
      rounded: false,
    }));
  };
  normal.nextValue = function (this: NormalRandom) {
    return note(this, original.normal, ({ mean, stdDev, truncated, dtype }) => ({
      distribution: truncated ? 'truncated' : 'normal',
      shift: mean,
      scale: stdDev,
      rounded: dtype !== undefined && dtype !== 'float32',
    }));
  };
  return {
    /** True when something else called Math.random: that value is frozen into the graph. */
    frozen: () => frozen,
    stop(): void {
      Math.random = original.random;
      uniform.nextValue = original.uniform;
      normal.nextValue = original.normal;
    },
    /** Called for every tensor made from JavaScript values: what was to be drawn for it. */
    recognize(size: number): RandomTensor | undefined {
      const drawn = drawing;
      drawing = undefined;
      unseeded = false;
      if (!drawn) return undefined;
      if (drawn.count !== size) {
        throw new Error('compile: random numbers of a kind that compile() does not know; give them a seed');
      }
      return drawn.asked;
    },
  };
}

/**
 * The prototype of a class that tfjs keeps to itself, met when it makes an instance: its constructor sets `property`,
 * which for that moment has a setter on every object.
 */
function prototypeOf<T extends object>(property: string, make: () => tf.Tensor): T {
  let met: T | undefined;
  Object.defineProperty(Object.prototype, property, {
    configurable: true,
    get: () => undefined,
    set(this: object, value: unknown) {
      met ??= Object.getPrototypeOf(this) as T;
      Object.defineProperty(this, property, { value, writable: true, enumerable: true, configurable: true });
    },
  });
  try {
    make().dispose();
  } finally {
    delete (Object.prototype as Record<string, unknown>)[property];
  }
  if (!met || !('nextValue' in met)) throw new Error(`compile: tfjs ${tf.version_core} is not known here`);
  return met;
}

/** The stack's line of whoever called a function that is running. */
function callerOf(callee: () => unknown): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, callee);
  Error.stackTraceLimit = limit;
  return trace.stack ?? '';
}
