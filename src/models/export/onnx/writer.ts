import { Failure } from '../../../errors.js';
import {
  attributeType,
  elementType,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
} from '../../onnx/index.js';
import type { PartialDeep } from '../../onnx/index.js';
import { encodeFloat16 } from '../../weights/index.js';

export type Precision = 'float32' | 'float16';

/** An attribute of a node: integers as they are, other numbers as { float }. */
export type Attribute = number | readonly number[] | string | { float: number };

/** Collects the nodes and weights of a graph. */
export interface Writer {
  precision: Precision;
  nodes: PartialDeep<OnnxNode>[];
  initializers: PartialDeep<OnnxTensor>[];
  /**
   * Adds a node with one output.
   *
   * @param layer the node and its output are named after it
   * @returns the name of the output
   */
  node(layer: string, operator: string, inputs: readonly string[], attributes?: Attributes): string;
  /**
   * Adds weights, in the writer's precision; what is there already under this name is used again.
   *
   * @returns the name of the initializer
   * @throws Failure for a value that float16 cannot hold
   */
  weight(name: string, shape: readonly number[], values: Float32Array): string;
  /** Adds a list of numbers in float32, whatever the writer's precision. */
  floats(values: readonly number[]): string;
  /** Adds one number, in the writer's precision. */
  number(value: number): string;
  /** Adds a list of integers (int64). */
  integers(values: readonly number[]): string;
}

export type Attributes = Record<string, Attribute | undefined>;

export function writer(precision: Precision): Writer {
  const nodes: PartialDeep<OnnxNode>[] = [];
  const initializers = new Map<string, PartialDeep<OnnxTensor>>();
  const taken = new Set<string>();
  const unique = (name: string): string => {
    let free = name;
    for (let count = 2; taken.has(free); count++) free = `${name}_${count}`;
    taken.add(free);
    return free;
  };
  const initializer = (name: string, shape: readonly number[], type: number, data: Uint8Array): string => {
    let free = name;
    for (let count = 2; ; count++) {
      const known = initializers.get(free);
      if (known && isSame(known, shape, type, data)) return free;
      if (!taken.has(free)) break;
      free = `${name}_${count}`;
    }
    taken.add(free);
    initializers.set(free, { name: free, dims: [...shape], data_type: type, raw_data: data });
    return free;
  };
  const weight: Writer['weight'] = (name, shape, values) => {
    if (precision === 'float32') return initializer(name, shape, elementType.FLOAT, bytes(values));
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest >= 65520) {
      throw new Failure(
        `'${name}' holds ${largest.toPrecision(4)}, and float16 ends at 65504; export with --precision float32`,
      );
    }
    return initializer(name, shape, elementType.FLOAT16, bytes(encodeFloat16(values)));
  };

  return {
    precision,
    nodes,
    get initializers() {
      return [...initializers.values()];
    },
    node: (layer, operator, inputs, attributes = {}) => {
      const name = unique(`${layer}/${operator}`);
      const attribute = Object.entries(attributes).flatMap(([key, value]) =>
        value === undefined ? [] : [encoded(key, value)],
      );
      nodes.push({ name, op_type: operator, input: [...inputs], output: [name], attribute });
      return name;
    },
    weight,
    floats: (values) => {
      const data = bytes(Float32Array.from(values));
      return initializer(`floats ${values.join(' ')}`, [values.length], elementType.FLOAT, data);
    },
    number: (value) => weight(`number ${value}`, [], Float32Array.of(value)),
    integers: (values) => {
      const data = bytes(BigInt64Array.from(values, BigInt));
      return initializer(`integers ${values.join(' ')}`, [values.length], elementType.INT64, data);
    },
  };
}

function encoded(name: string, value: Attribute): PartialDeep<OnnxAttribute> {
  if (typeof value === 'string') return { name, type: attributeType.STRING, s: Buffer.from(value) };
  if (typeof value === 'number') return { name, type: attributeType.INT, i: value };
  if ('float' in value) return { name, type: attributeType.FLOAT, f: value.float };
  return { name, type: attributeType.INTS, ints: [...value] };
}

function bytes(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function isSame(
  known: PartialDeep<OnnxTensor>,
  shape: readonly number[],
  type: number,
  data: Uint8Array,
): boolean {
  return (
    known.data_type === type &&
    known.dims?.length === shape.length &&
    shape.every((size, axis) => size === known.dims![axis]) &&
    Buffer.compare(known.raw_data!, data) === 0
  );
}
