import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

/** A size that grows with the batch: so many times the number of images. */
export interface Batch {
  batches: number;
  /**
   * How many of these counts go round outside the images, where that is more than 1: tokens and images joined, [T · N], have
   * T. In memory the images are outermost nevertheless.
   */
  before?: number;
}

export type Size = number | Batch;

/** A value that is known when the network is built. */
export interface Constant {
  kind: 'constant';
  type: 'float' | 'int' | 'bool';
  shape: number[];
  /** Integers and truth values (0 and 1), those that depend on the batch among them. */
  items?: Size[];
  /** The values as numbers; decoded anew with every call. @throws Failure where one depends on the batch */
  read(): Float32Array;
  /** The name of the parameter that this is, or is made of. */
  parameter?: string;
  /** How it is made of parameters, where it is not one itself. */
  made?: { operation: string; attributes: Attributes; of: Constant[] };
  /** How many operations it is made in, counted anew for each value that two of them need. */
  steps?: number;
}

/** A value that depends on the image. */
export interface Tensor {
  kind: 'tensor';
  /** As the ONNX graph has it. */
  shape: Size[];
  /** Axis i of `symbol` is axis order[i] of `shape`; the batch is axis 0 of `symbol`. */
  order: number[];
  symbol: SymbolicTensor;
}

export type Value = Constant | Tensor;

/** Settings of a kernel; strings in camel case, no infinities: they travel through tfjs's JSON. */
export type Attributes = Record<string, number | number[] | number[][] | boolean | string>;

export function isBatch(size: Size): size is Batch {
  return typeof size === 'object';
}

export function sameSize(a: Size, b: Size): boolean {
  return isBatch(a) ? isBatch(b) && a.batches === b.batches && (a.before ?? 1) === (b.before ?? 1) : a === b;
}

export function constant(type: 'int' | 'bool', shape: number[], items: Size[], name?: string): Constant {
  return {
    kind: 'constant',
    type,
    shape,
    items,
    read: () =>
      Float32Array.from(items, (item) => {
        if (isBatch(item)) throw new Error('a value that depends on the number of images');
        return item;
      }),
    ...(name !== undefined && { parameter: name }),
  };
}

/** A number that is no parameter. */
export function number(value: number): Constant {
  return { kind: 'constant', type: 'float', shape: [], read: () => Float32Array.of(value) };
}

/** The axis of the batch. */
export function batchAxis({ shape }: Tensor): number {
  return shape.findIndex(isBatch);
}

/** A shape in words. */
export function shapeText(shape: readonly Size[]): string {
  return `[${shape.map(sizeText).join(', ')}]`;
}

function sizeText(size: Size): string {
  if (!isBatch(size)) return String(size);
  const { batches, before } = size;
  if (before !== undefined) return `${before}·N${batches > before ? `·${batches / before}` : ''}`;
  return batches === 1 ? 'N' : `${batches}N`;
}
