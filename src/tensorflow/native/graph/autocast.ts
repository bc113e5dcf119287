import type { Precision } from '../../compile.js';
import { type AddOperation, castAttributes, type Endpoint, TF, typeAttribute } from '../runtime/engine.js';
import { bfloat16Operation } from './fusions/sums.js';
import { type RuleInput, lowPrecisionRule } from './precision.js';
import type { Node } from '../trace/recording.js';

/** Autocast: keeps book of what is in a low precision and casts where an operation wants another. */
export function precisionOf(
  add: AddOperation,
  { precision: asked, fused }: { precision: Precision; fused: boolean },
  folded: { has(node: Node): boolean },
  noteReader: (from: Endpoint, reader: number) => void,
) {
  const key = ([operation, output]: Endpoint): string => `${operation}:${output}`;
  /** TensorFlow's number of the type of what is in a low precision. */
  const low = new Map<string, number>();
  const ended = new Set<string>();
  const casts = new Map<string, Endpoint>();
  const cast = (end: Endpoint, type: number): Endpoint => {
    const from = low.get(key(end));
    // What is not in a low precision may be of any type.
    if ((from ?? TF.FLOAT) === type) return end;
    const name = `${key(end)} ${type}`;
    const known = casts.get(name);
    if (known) return known;
    const ours = fused ? CASTS[`${from ?? TF.FLOAT} ${type}`] : undefined;
    const made = ours ? add(ours, [end]) : add('Cast', [end], castAttributes(from ?? TF.FLOAT, type));
    noteReader(end, made);
    casts.set(name, [made, 0]);
    if (type !== TF.FLOAT) low.set(key([made, 0]), type);
    return [made, 0];
  };
  return {
    float32: (end: Endpoint): Endpoint => cast(end, TF.FLOAT),
    /** @param controls operations that it waits for */
    place(
      node: RuleInput & Pick<Node, 'attributes' | 'precision'>,
      given: Endpoint[],
      controls: Iterable<number> = [],
    ): number {
      const precision = node.precision ?? asked;
      const type = LOW_TYPES[precision];
      const leads = (index: number): boolean => {
        const name = key(given[index]!);
        return low.get(name) === type && !ended.has(name);
      };
      const stays =
        type === undefined || (fused && (SLOW_IN_16_BITS.has(node.op) || isMissing(node.op, type)));
      const rule = stays ? undefined : lowPrecisionRule(node, leads);
      const ends = given.map((end, index) =>
        cast(end, type !== undefined && rule?.inputs.includes(index) ? type : TF.FLOAT),
      );
      const attributes = rule
        ? node.attributes.map((attribute) => (attribute.name === 'T' ? typeAttribute('T', type!) : attribute))
        : node.attributes;
      const ours = fused && rule && type === TF.BFLOAT16 ? bfloat16Operation(node, folded) : undefined;
      const operation = ours
        ? add(ours, ends, [typeAttribute('T', type!)], controls)
        : add(node.op, ends, attributes, controls);
      ends.forEach((end) => noteReader(end, operation));
      for (const output of rule?.outputs ?? []) {
        low.set(key([operation, output]), type!);
        if (rule!.ends) ended.add(key([operation, output]));
      }
      return operation;
    },
  };
}

/** Casts of our own, by TensorFlow's numbers of the types. */
const CASTS: Readonly<Record<string, string>> = {
  [`${TF.FLOAT} ${TF.BFLOAT16}`]: 'CamtuneToBfloat16',
  [`${TF.BFLOAT16} ${TF.FLOAT}`]: 'CamtuneFromBfloat16',
};

/** On the CPU oneDNN 3.7 takes three to six times as long for these as in float32, with the casts. */
const SLOW_IN_16_BITS: ReadonlySet<string> = new Set(['DepthwiseConv2dNativeBackpropInput']);

/** Whether an operation is of our own, and they know bfloat16 alone. */
function isMissing(op: string, type: number): boolean {
  return op.startsWith('Camtune') && type !== TF.BFLOAT16;
}

/** TensorFlow's numbers of the low types. */
const LOW_TYPES: Readonly<Record<Precision, number | undefined>> = {
  float32: undefined,
  bfloat16: TF.BFLOAT16,
  float16: TF.HALF,
};
