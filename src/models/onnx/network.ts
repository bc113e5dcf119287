import * as tf from '@tensorflow/tfjs-core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { Failure } from '../../errors.js';
import { freeName, noNames } from '../free-name.js';
import { elementCount } from '../manifest.js';
import { foldItems } from './fold-items.js';
import { kernelOf, Operation, operationLayer, type Operand, type WeightSpec } from './layers/index.js';
import { layerName } from './names.js';
import type { Node } from './node.js';
import {
  batchAxis,
  constant,
  isBatch,
  shapeText,
  type Attributes,
  type Constant,
  type Size,
  type Tensor,
  type Value,
} from './values.js';

/** Values that a constant may have: 256 MB. */
const mostValues = 2 ** 26;
/** Operations that a weight may be made of parameters in: whoever follows them takes each way to a parameter by itself. */
const mostSteps = 1000;
/** A constant of so few values stands in the layer's description, larger ones are weights. */
const mostWritten = 16;
/** Integers that an image's tensors are computed with. */
const buffers =
  /(^|[._/])(attn_mask|mask|running_mean|running_var|relative_position_index|relative_coords_table|num_batches_tracked)\w*$/;

/** The network as it grows: makes layers, keeps their names apart, fills their weights. */
export interface Network {
  /** Images that a graph with a fixed batch was exported for. */
  batch: number;
  opset: number;
  notes: Set<string>;
  /** Applies a layer. Its weights take the values of `weights`, in tfjs's order, or in that of its description. */
  apply(layer: layers.Layer, inputs: SymbolicTensor[], weights?: (() => tf.Tensor)[]): SymbolicTensor;
  /** A name that no layer has yet. */
  name(node: Node, parameters?: (Value | undefined)[]): string;
  /**
   * Applies an operation to values that lie in a common order already, constants among them; all that are constant give a
   * constant.
   *
   * @param shape of the result, as ONNX has it
   * @param order of the result's axes in memory
   */
  operation(
    node: Node,
    operation: string,
    attributes: Attributes,
    inputs: Value[],
    shape: Size[],
    order?: number[],
  ): Value;
  /** The same tensor with its axes in another order in memory. */
  place(x: Tensor, order: number[]): Tensor;
}

export function newNetwork(batch: number, opset: number): Network {
  const names = noNames();
  const unique = (wanted: string): string => freeName(names, wanted);
  const placed = new Map<SymbolicTensor, Map<string, Tensor>>();
  const owners = new Map<string, string[]>();
  const tied = new Map<string, layers.Layer>();
  const apply: Network['apply'] = (layer, inputs, weights = []) => {
    const given = inputs.length === 1 ? inputs[0]! : inputs;
    // A module of the source that is called twice has the same parameters twice: it is one layer here as well.
    const parameters = owners.get(layer.name) ?? [];
    if (parameters.length > 0 && parameters.length === weights.length) {
      const config = { ...layer.getConfig(), name: undefined };
      const key = JSON.stringify([layer.getClassName(), config, parameters]);
      const earlier = tied.get(key);
      if (earlier && weights.some(varies)) return earlier.apply(given) as SymbolicTensor;
      tied.set(key, layer);
    }
    layer.setFastWeightInitDuringBuild(true);
    const output = layer.apply(given) as SymbolicTensor;
    weights.forEach((read, index) =>
      tf.tidy(() => {
        const weight = (layer instanceof Operation ? layer.inOrder : layer.weights)[index]!;
        weight.write(tf.reshape(read(), weight.shape as number[]));
      }),
    );
    return output;
  };
  const network: Network = {
    batch,
    opset,
    notes: new Set(),
    apply,
    name(node, parameters = []) {
      const constants = parameters.filter((value) => value?.kind === 'constant');
      const name = unique(
        layerName(
          node,
          constants.map(({ parameter }) => parameter),
        ),
      );
      owners.set(name, constants.flatMap(parametersOf));
      return name;
    },
    operation(node, operation, attributes, inputs, shape, order = inputs.find(isTensor)?.order ?? []) {
      const constants = inputs.filter(isConstant);
      if (constants.length === inputs.length) return folded(node, operation, attributes, constants);
      const tensors = inputs.filter(isTensor);
      const symbols = [...new Set(tensors.map(({ symbol }) => symbol))];
      const weightSpecs: WeightSpec[] = [];
      const values: (() => tf.Tensor)[] = [];
      const places = new Map<Constant['read'], number>();
      const operandOf = (value: Value): Operand => {
        if (value.kind === 'tensor') return { input: symbols.indexOf(value.symbol) };
        if (value.made) {
          const { of, ...made } = value.made;
          return { ...made, operands: of.map(operandOf) };
        }
        const trainable =
          value.parameter !== undefined && value.type === 'float' && !buffers.test(value.parameter);
        if (!trainable && elementCount(value.shape) <= mostWritten) {
          const written = [...value.read()].map((number) => Math.min(Math.max(number, -3.4e38), 3.4e38));
          return { values: written, shape: value.shape };
        }
        // A parameter that is computed with twice is one weight.
        const place = places.get(value.read);
        if (place !== undefined) return { weight: place };
        places.set(value.read, weightSpecs.length);
        const names = weightSpecs.map(({ name }) => name);
        const name =
          ['value', 'value2', 'value3', 'value4', 'value5'].find((each) => !names.includes(each)) ??
          `value${names.length + 1}`;
        weightSpecs.push({ name, shape: value.shape, trainable });
        values.push(() => tf.tensor(value.read(), value.shape, 'float32'));
        return { weight: weightSpecs.length - 1 };
      };
      const operands = inputs.map(operandOf);
      const outputShape = order.slice(1).map((axis) => sizeOf(shape[axis]!));
      const first = constants.map((value) => parametersOf(value)[0]).filter((value) => value !== undefined);
      const name = network.name(
        node,
        first.map((parameter) => ({ ...constants[0]!, parameter })),
      );
      owners.set(name, constants.flatMap(parametersOf));
      const layer = operationLayer({ name, operation, attributes, operands, weightSpecs, outputShape });
      return { kind: 'tensor', shape, order, symbol: apply(layer, symbols, values) };
    },
    place(x, order) {
      if (order.every((axis, index) => axis === x.order[index])) return x;
      const key = `${x.order.join()}>${order.join()}`;
      const known = placed.get(x.symbol) ?? new Map<string, Tensor>();
      placed.set(x.symbol, known);
      const found = known.get(key);
      if (found && found.shape.length === x.shape.length) return { ...found, shape: x.shape };
      if (order[0] !== batchAxis(x)) throw new Error(`the batch of ${shapeText(x.shape)} has to come first`);
      const name = unique(`${x.symbol.sourceLayer.name}/${order.join('')}`);
      const counts = (axis: number) => x.shape[axis] !== 1;
      const same = x.order.filter(counts).join() === order.filter(counts).join();
      const layer = same
        ? layers.reshape({ name, targetShape: order.slice(1).map((axis) => sizeOf(x.shape[axis]!)) })
        : layers.permute({ name, dims: order.slice(1).map((axis) => x.order.indexOf(axis)) });
      const moved: Tensor = { ...x, order, symbol: apply(layer, [x.symbol]) };
      known.set(key, moved);
      return moved;
    },
  };
  return network;
}

/** Whether values differ: exporters write weights once that are all the same, zeros above all, and share nothing. */
function varies(read: () => tf.Tensor): boolean {
  return tf.tidy(() => {
    const values = read();
    return tf.max(values).dataSync()[0]! > tf.min(values).dataSync()[0]!;
  });
}

export function isTensor(value: Value): value is Tensor {
  return value.kind === 'tensor';
}

export function isConstant(value: Value): value is Constant {
  return value.kind === 'constant';
}

/** @throws Error where a size that has to be known depends on the number of images */
export function sizeOf(size: Size): number {
  if (isBatch(size)) throw new Error('a size depends on the number of images in a place where it may not');
  return size;
}

/** The parameters that a constant is, or is made of. */
export function parametersOf(value: Constant): string[] {
  if (value.made) return value.made.of.flatMap(parametersOf);
  return value.parameter === undefined ? [] : [value.parameter];
}

/** How many values an operation on constants gives at most: known before any is computed. */
function resultCount({ shape, repeats, pads }: Attributes, of: Constant[]): number {
  const [first] = of;
  if (Array.isArray(repeats)) return elementCount(repeats as number[]) * elementCount(first!.shape);
  if (Array.isArray(pads)) {
    return elementCount(
      first!.shape.map((size, axis) => size + (pads[axis] as number[]).reduce((a, b) => a + b, 0)),
    );
  }
  if (Array.isArray(shape)) return elementCount(shape as number[]);
  const rank = Math.max(...of.map((value) => value.shape.length), 0);
  const along = (axis: number) =>
    Math.max(1, ...of.map((value) => value.shape[axis - rank + value.shape.length] ?? 1));
  return elementCount(Array.from({ length: rank }, (_, axis) => along(axis)));
}

// What keeps a parameter's values as they are; anything else is computed anew with every step.
const keeping = new Set(['transpose', 'reshape', 'identity', 'toFloat']);

/** The operation's result as a constant: of parameters it stays a computation, so that they can be trained. */
function folded(node: Node, operation: string, attributes: Attributes, of: Constant[]): Constant {
  const count = resultCount(attributes, of);
  if (!(count <= mostValues)) throw node.refuse(`gives ${count} values that are no weights`);
  const items = foldItems(operation, attributes, of);
  if (items) return items;
  const steps = of.reduce((sum, value) => sum + (value.steps ?? 0), 1);
  if (steps > mostSteps)
    throw node.refuse(`makes a weight of parameters in more than ${mostSteps} operations`);
  const compute = () =>
    kernelOf(operation)(
      of.map((value) => tf.tensor(value.read(), value.shape, 'float32')),
      attributes,
    );
  const parameters = of.flatMap(parametersOf);
  const float = of.some(({ type }) => type === 'float') || parameters.length > 0;
  // What is made of it reads it again and again; it may go where memory is short.
  let held: WeakRef<Float32Array> | undefined;
  const evaluated = tf.tidy(() => {
    const result = compute();
    if (result.size > mostValues)
      throw new Failure(`${node.label}: gives ${result.size} values that are no weights`);
    if (float) held = new WeakRef(Float32Array.from(result.dataSync()));
    return {
      shape: result.shape,
      dtype: result.dtype,
      values: float && result.dtype !== 'bool' ? undefined : Array.from(result.dataSync()),
    };
  });
  if (evaluated.values)
    return constant(evaluated.dtype === 'bool' ? 'bool' : 'int', evaluated.shape, evaluated.values);
  const read = (): Float32Array => {
    const values = held?.deref() ?? tf.tidy(() => Float32Array.from(compute().dataSync()));
    held = new WeakRef(values);
    return values;
  };
  const result: Constant = { kind: 'constant', type: 'float', shape: evaluated.shape, read };
  if (parameters.length === 0) return result;
  if (keeping.has(operation) && of.length === 1 && !of[0]!.made)
    return { ...result, parameter: of[0]!.parameter! };
  return { ...result, made: { operation, attributes, of }, steps };
}
