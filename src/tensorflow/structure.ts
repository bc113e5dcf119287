import * as tf from '@tensorflow/tfjs-core';
import { isPixels, type Pixels } from './pixels.js';

/** A tensor, or bytes that become one: what a compiled function is traced over. */
export type Leaf = tf.Tensor | Pixels;

/** Nested arrays and objects with their leaves taken out: `rebuild(leaves)` puts others in their places. */
export interface Flattened {
  leaves: Leaf[];
  /** Equal for two structures that differ only in the content of their leaves. */
  signature: string;
  rebuild(leaves: readonly unknown[]): unknown;
}

/** Takes tensors (and pixels) out of nested arrays and plain objects; everything else stays where it is. */
export function flatten(structure: unknown): Flattened {
  const leaves: Leaf[] = [];
  const shape = (value: unknown): unknown => {
    if (value instanceof tf.Tensor || isPixels(value)) {
      leaves.push(value);
      return new Slot(leaves.length - 1, value);
    }
    if (Array.isArray(value)) return value.map(shape);
    if (isPlainObject(value))
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]));
    return value;
  };
  const skeleton = shape(structure);
  const fill = (value: unknown, given: readonly unknown[]): unknown => {
    if (value instanceof Slot) return given[value.index];
    if (Array.isArray(value)) return value.map((item) => fill(item, given));
    if (isPlainObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, given)]));
    }
    return value;
  };
  return { leaves, signature: sign(skeleton), rebuild: (given) => fill(skeleton, given) };
}

class Slot {
  readonly signature: string;
  constructor(
    readonly index: number,
    leaf: Leaf,
  ) {
    // A variable can be assigned: another one is another function.
    const kind =
      leaf instanceof tf.Variable ? identity(leaf) : leaf instanceof tf.Tensor ? leaf.dtype : 'pixels';
    this.signature = `${kind}[${leaf.shape.join()}]`;
  }
}

/** Objects that have no short description of their own (a model, a function) count by identity. */
const identities = new WeakMap<object, number>();
let nextIdentity = 0;

function identity(value: object): string {
  if (!identities.has(value)) identities.set(value, nextIdentity++);
  return `#${identities.get(value)}`;
}

function sign(value: unknown): string {
  if (value instanceof Slot) return value.signature;
  if (Array.isArray(value)) return `[${value.map(sign).join()}]`;
  if (isPlainObject(value)) return `{${Object.keys(value).map((key) => `${JSON.stringify(key)}:${sign(value[key])}`).join()}}`; // prettier-ignore
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return identity(value);
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
