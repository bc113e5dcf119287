import * as tf from '@tensorflow/tfjs-core';
import { isPixels, type Pixels } from './pixels.js';

/** A tensor, or bytes that become one: what a compiled function is traced over. */
export type Leaf = tf.Tensor | Pixels;

/** Nested arrays, Maps and plain objects with their leaves taken out: `rebuild(leaves)` puts others in their places. */
export interface Flattened {
  leaves: Leaf[];
  /** Equal for two structures that differ only in the content of their leaves. */
  signature: string;
  rebuild(leaves: readonly unknown[]): unknown;
}

/** Takes tensors (and pixels) out of nested arrays, Maps and plain objects; everything else stays where it is. */
export function flatten(structure: unknown): Flattened {
  const leaves: Leaf[] = [];
  const shape = (value: unknown): unknown => {
    if (value instanceof tf.Tensor || isPixels(value)) {
      leaves.push(value);
      return new Slot(leaves.length - 1, value);
    }
    if (Array.isArray(value)) return value.map(shape);
    if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, shape(item)]));
    if (isPlainObject(value))
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]));
    return value;
  };
  const skeleton = shape(structure);
  const fill = (value: unknown, given: readonly unknown[]): unknown => {
    if (value instanceof Slot) return given[value.index];
    if (Array.isArray(value)) return value.map((item) => fill(item, given));
    if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, fill(item, given)]));
    if (isPlainObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, given)]));
    }
    return value;
  };
  return { leaves, signature: sign(skeleton), rebuild: (given) => fill(skeleton, given) };
}

/** Tensors in fields of objects that `flatten` leaves alone (instances of classes, Sets), with the name of the class. */
export function hiddenTensors(structure: unknown): { tensor: tf.Tensor; holder: string }[] {
  if (Array.isArray(structure)) return structure.flatMap(hiddenTensors);
  if (structure instanceof Map) return [...structure.values()].flatMap(hiddenTensors);
  if (typeof structure !== 'object' || structure === null || structure instanceof tf.Tensor) return [];
  if (isPlainObject(structure)) return Object.values(structure).flatMap(hiddenTensors);
  const held: unknown[] = structure instanceof Set ? [...structure] : Object.values(structure);
  return flatten(held).leaves.flatMap((leaf) =>
    leaf instanceof tf.Tensor ? [{ tensor: leaf, holder: structure.constructor.name }] : [],
  );
}

class Slot {
  readonly signature: string;
  constructor(
    readonly index: number,
    leaf: Leaf,
  ) {
    // A variable can be assigned: another one is another function.
    const kind =
      leaf instanceof tf.Variable
        ? identity(identities, leaf)
        : leaf instanceof tf.Tensor
          ? leaf.dtype
          : 'pixels';
    this.signature = `${kind}[${leaf.shape.join()}]`;
  }
}

/** What has no short description of its own (a model, a function, a symbol) counts by identity. */
const identities = new WeakMap<object, number>();
const symbols = new Map<symbol, number>();
let nextIdentity = 0;

function identity<T>(
  known: { get(key: T): number | undefined; set(key: T, id: number): unknown },
  value: T,
): string {
  const id = known.get(value) ?? nextIdentity++;
  known.set(value, id);
  return `#${id}`;
}

function sign(value: unknown): string {
  if (value instanceof Slot) return value.signature;
  if (Array.isArray(value)) return `[${value.map(sign).join()}]`;
  if (value instanceof Map)
    return `Map{${[...value].map(([key, item]) => `${sign(key)}:${sign(item)}`).join()}}`;
  if (isPlainObject(value)) return `{${Object.keys(value).map((key) => `${JSON.stringify(key)}:${sign(value[key])}`).join()}}`; // prettier-ignore
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'bigint':
      return `${value}n`;
    case 'symbol':
      return identity(symbols, value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'object':
    case 'function':
      return value === null ? 'null' : identity(identities, value);
    default:
      return String(value);
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
