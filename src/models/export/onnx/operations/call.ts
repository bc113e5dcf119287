import { plainOrder, type Value } from '../value.js';
import { permute } from '../../../weights/index.js';
import { settled } from '../arrange.js';
import type { LayerUse } from '../layer.js';
import type { Attributes as NodeAttributes } from '../writer.js';

/** An argument that depends on no image, in tfjs's layout. */
export interface Constant {
  shape: number[];
  values: Float32Array;
  /** The initializer is named after it. */
  label: string;
}

/** One use of a layer of an ONNX file: what was an operator becomes one again. */
export interface OperationCall {
  use: LayerUse;
  /** As the layer keeps them, for axes as tfjs sees them. */
  attributes: Record<string, unknown>;
  arguments: (Value | Constant)[];
}

export type OperationExport = (call: OperationCall) => Value;
export type OperationExports = Record<string, OperationExport>;

export function isConstant(argument: Value | Constant | undefined): argument is Constant {
  return argument !== undefined && 'values' in argument;
}

/** Adds a node that is named after the layer. */
export function node(
  { use: { layer, writer } }: OperationCall,
  operator: string,
  inputs: readonly string[],
  attributes?: NodeAttributes,
): string {
  return writer.node(layer.name, operator, inputs, attributes);
}

/** An argument as a value that has nothing left to be done to it. */
export function valueOf(call: OperationCall, index: number, keep?: 'flattened'): Value {
  const argument = call.arguments[index]!;
  if (!isConstant(argument)) return settled(call.use.writer, argument, keep);
  const order = plainOrder(argument.shape);
  return { name: written(call, argument, order), shape: argument.shape, order };
}

/** A constant with its axes in the given order, as an initializer. */
export function written(
  { use: { layer, writer } }: OperationCall,
  { shape, values, label }: Constant,
  order: readonly number[] = plainOrder(shape),
): string {
  // Limits and masks may be beyond what float16 holds.
  const most = writer.precision === 'float16' ? 65504 : Infinity;
  const limited = values.some((value) => Math.abs(value) > 1e30)
    ? values.map((value) => Math.min(Math.max(value, -most), most))
    : values;
  const isPlain = order.every((axis, position) => axis === position);
  const turned = isPlain ? limited : permute(limited, shape, [...order]);
  return writer.weight(
    `${layer.name}.${label}`,
    order.map((axis) => shape[axis]!),
    turned,
  );
}

/** A constant of as many axes as the value has, those that it lacks in front. */
export function widened({ shape, ...rest }: Constant, rank: number): Constant {
  return { ...rest, shape: [...new Array<number>(rank - shape.length).fill(1), ...shape] };
}

export function numbers({ attributes }: OperationCall, name: string): number[] {
  return attributes[name] as number[];
}

export function number({ attributes }: OperationCall, name: string): number {
  return attributes[name] as number;
}
