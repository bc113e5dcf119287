import { type Attribute, castAttributes, TF, typeAttribute } from '../runtime/engine.js';
import type { RandomTensor } from './random-numbers.js';
import type { Recording, Value } from './recording.js';

const OPERATION = {
  uniform: 'StatelessRandomUniform',
  normal: 'StatelessRandomNormal',
  truncated: 'StatelessTruncatedNormal',
} as const;

/** Draws what tfjs would draw in JavaScript: other numbers at every call, given by the seed that the call brings. */
export function drawn(recording: Recording, random: RandomTensor, shape: number[], dtype: number): Value {
  if (dtype === TF.FLOAT) return floats(recording, random, shape);
  const { add } = short(recording);
  const integers = wholeRange(random)
    ? integersBelow(recording, random, shape)
    : add('Cast', castAttributes(TF.FLOAT, TF.INT32), rounded(recording, random, shape));
  return dtype === TF.INT32 ? integers : add('Cast', castAttributes(TF.INT32, dtype), integers);
}

function floats(recording: Recording, { distribution, shift, scale }: RandomTensor, shape: number[]): Value {
  const { add, scalar, integers } = short(recording);
  const float = typeAttribute('dtype', TF.FLOAT);
  const base = add(OPERATION[distribution], [float], integers(...shape), streamSeed(recording));
  return add('AddV2', [], add('Mul', [], base, scalar(scale)), scalar(shift));
}

/** The Cast that follows cuts off, which is what uniform numbers want. */
function rounded(recording: Recording, random: RandomTensor, shape: number[]): Value {
  const { add, scalar } = short(recording);
  const values = floats(recording, random, shape);
  return random.rounded ? add('Floor', [], add('AddV2', [], values, scalar(0.5))) : values;
}

/** Whether cutting off gives every integer from `shift` on with the same probability; float32 would not do for large ones. */
function wholeRange({ distribution, shift, scale }: RandomTensor): boolean {
  const inRange = (end: number): boolean => Number.isInteger(end) && end >= 0 && end < 2 ** 31;
  return distribution === 'uniform' && inRange(shift) && inRange(shift + scale) && scale > 0;
}

function integersBelow(recording: Recording, { shift, scale }: RandomTensor, shape: number[]): Value {
  const { add, integers } = short(recording);
  const end = (value: number): Value =>
    recording.constant({ dtype: TF.INT32, shape: [], values: Int32Array.of(value) });
  const attributes = [typeAttribute('dtype', TF.INT32)];
  return add('StatelessRandomUniformInt', attributes, integers(...shape), streamSeed(recording), end(shift), end(shift + scale)); // prettier-ignore
}

/**
 * Multinomial without a seed of its own, drawn from the seed that the call brings.
 *
 * @param inputs logits and number of samples
 */
export function multinomial(recording: Recording, inputs: Value[]): Value {
  return short(recording).add('StatelessMultinomial', [typeAttribute('output_dtype', TF.INT32)], ...inputs, streamSeed(recording)); // prettier-ignore
}

/** The call's seed [seed, call], with a stream of its own for every random operation. */
function streamSeed(recording: Recording): Value {
  const { add, integers } = short(recording);
  const given = recording.source({ kind: 'seed' }, TF.INT32, [2]);
  // Far from each other in the seed's half: the other half counts calls, and streams must not meet in it.
  return add('AddV2', [], given, integers(Math.imul(recording.nodes.length, 0x9e3779b1), 0));
}

function short(recording: Recording) {
  return {
    add: (op: string, attributes: Attribute[], ...inputs: Value[]): Value => ({
      node: recording.add(op, attributes, inputs),
      output: 0,
    }),
    scalar: (value: number): Value =>
      recording.constant({ dtype: TF.FLOAT, shape: [], values: Float32Array.of(value) }),
    integers: (...values: number[]): Value =>
      recording.constant({ dtype: TF.INT32, shape: [values.length], values: Int32Array.from(values) }),
  };
}
