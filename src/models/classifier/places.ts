import * as tf from '@tensorflow/tfjs-core';
import { plan, type Graph, type Layer, type Origin, type Shape, type Step } from './graph.js';

/** Where a transformer's tokens lie in the image. */
export interface Places {
  grid: [rows: number, columns: number];
  /** Tokens before those of the patches: class token, registers. */
  prefix: number;
  /** The token at each place of the grid, row by row, where that is not their order. */
  order?: number[];
}

/**
 * Where the tokens [N, T, D] that a step gives lie in the image. Followed are the rows and columns of what a layer gives
 * [N, h, w, K]: what rearranges values or pools them does so with these numbers too, what a convolution gives lies in the
 * middle of what it sees, what works on each token alone keeps the numbers, and what adds to tokens, as attention does,
 * leaves them where they are.
 *
 * @param from through this value everything goes that leads to the tokens
 * @param tokens steps, of which the first is taken whose places are known
 * @returns undefined where places are lost on the way, or are no grid
 */
export function placesOf(
  graph: Graph,
  from: Origin,
  tokens: readonly Step[],
): { step: Step; places: Places } | undefined {
  const start = from.outputs[0]!;
  const values = tokens.map(({ outputs }) => outputs[0]!);
  const steps = tokens.length > 0 ? plan(graph, [start], values)?.steps : undefined;
  const [, rows, columns, channels] = from.shape;
  if (!steps || !rows || !columns || !channels) return undefined;
  const found = tf.tidy(() => {
    // Two images: the first has the row of each position as its values, the second the column.
    const row = tf.reshape(tf.range(0, rows), [1, rows, 1, 1]);
    const column = tf.reshape(tf.range(0, columns), [1, 1, columns, 1]);
    const size = [1, rows, columns, channels];
    const places = new Map([[start, tf.concat([tf.broadcastTo(row, size), tf.broadcastTo(column, size)])]]);
    for (const step of steps) {
      const inputs = step.inputs.map((input) => places.get(input));
      if (step.outputs.length > 1 || inputs.every((each) => each === undefined)) continue;
      const behind = placesBehind(step, inputs);
      if (behind) places.set(step.outputs[0]!, behind);
    }
    return values.map((value) => places.get(value)?.arraySync() ?? []);
  });
  for (const [index, step] of tokens.entries()) {
    const places = inGrid(found[index] as Tokens);
    if (places) return { step, places };
  }
  return undefined;
}

function placesBehind(step: Step, inputs: (tf.Tensor | undefined)[]): tf.Tensor | undefined {
  const { layer, shape } = step;
  const { given } = layer as { given?: Joining };
  if (given?.operation === 'concat') return joined(given, inputs);
  if (rearranges(layer)) {
    const all = inputs.map((each, index) => each ?? nowhere(sizeOfInput(layer, index)));
    if (all.includes(undefined)) return undefined;
    return layer.apply(all as tf.Tensor[], step.callArguments) as tf.Tensor;
  }
  if (layer.getClassName() === 'ZeroPadding2D') return padded(layer, inputs[0]!);
  if (convolution.test(layer.getClassName())) return convolved(step, inputs[0]!);
  const known = inputs.find((each) => each && alike(each.shape, shape));
  if (!known || !worksOnEach(layer)) return undefined;
  if (known.shape.at(-1) === shape.at(-1) && isElementwise(layer)) return known;
  // Over the channels: a token that is made of several positions lies in their middle.
  return tf.broadcastTo(tf.mean(known, -1, true), [...known.shape.slice(0, -1), shape.at(-1)!]);
}

/** A class token in the file is joined to tokens in the same step. */
function joined({ operands, weightSpecs, attributes }: Joining, inputs: (tf.Tensor | undefined)[]) {
  const given = operands.map((operand) => {
    if ('input' in operand) return inputs[operand.input];
    const shape = 'weight' in operand ? weightSpecs[operand.weight]!.shape : undefined;
    return nowhere(shape);
  });
  return given.some((each) => each === undefined)
    ? undefined
    : tf.concat(given as tf.Tensor[], attributes.axis);
}

interface Joining {
  operation?: string;
  operands: ({ input: number } | { weight: number } | object)[];
  weightSpecs: { shape: number[] }[];
  attributes: { axis: number };
}

/** Rows and columns of tokens, once for each of their channels. */
type Tokens = [rows: number[][], columns: number[][]] | [];

const arranging = /^(Reshape|Permute|Flatten|Concatenate|MaxPooling\w+|AveragePooling\w+|TokenGrid)$/;
const arrangingOperation = /^(reshape|slice|stride|reverse|transpose|gather|reduce(Max|Min|Mean))$/;

/** Moves, chooses, joins or pools values, whatever they are. */
function rearranges(layer: Layer): boolean {
  const { given } = layer as { given?: { operation?: string; operands?: object[] } };
  if (given?.operation === undefined) return arranging.test(layer.getClassName());
  return arrangingOperation.test(given.operation) && 'input' in (given.operands?.[0] ?? {});
}

const elementwise =
  /^(Add|Multiply|Activation|ReLU|ELU|LeakyReLU|Dropout|BatchNormalization|Gelu|LayerScale|StochasticDepth|PositionEmbedding|OnnxElementwise)$/;
const overChannels = /^(Dense|LayerNormalization|LayerNorm|OnnxNormalization|Softmax)$/;

function isElementwise(layer: Layer): boolean {
  return elementwise.test(layer.getClassName());
}

/** Works on each token alone, or adds something to it. */
function worksOnEach(layer: Layer): boolean {
  return isElementwise(layer) || overChannels.test(layer.getClassName());
}

interface Windows {
  kernelSize: [number, number];
  strides: [number, number];
  dilationRate: [number, number];
  padding: 'same' | 'valid';
}

const convolution = /^(Depthwise)?Conv2D$/;

/** What a convolution sees of the image, patches that are a batch of their own included, without the zeros around it. */
function convolved({ layer, shape }: Step, places: tf.Tensor): tf.Tensor {
  const { kernelSize, strides, dilationRate, padding } = layer as unknown as Windows;
  const window = tf.ones<tf.Rank.R4>([...kernelSize, places.shape[3]!, 1]);
  const sums = (x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, window, strides, padding, 'NHWC', dilationRate);
  const isThere = tf.cast(tf.greaterEqual(places, 0), 'float32');
  const count = sums(isThere);
  const middles = tf.div(sums(tf.mul(places, isThere)), tf.maximum(count, 1));
  const known = tf.where(tf.greater(count, 0), middles, -1);
  return tf.broadcastTo(known, [...known.shape.slice(0, -1), shape.at(-1)!]);
}

/** Zeros around an image lie nowhere in it. */
function padded(layer: Layer, places: tf.Tensor): tf.Tensor {
  const { padding } = layer as unknown as { padding: [[number, number], [number, number]] };
  return tf.pad(places, [[0, 0], ...padding, [0, 0]], -1);
}

/** The same but for the batch and the channels. */
function alike(one: readonly number[], other: Shape): boolean {
  return one.length === other.length && one.slice(1, -1).every((size, axis) => size === other[axis + 1]);
}

function sizeOfInput(layer: Layer, index: number): Shape | undefined {
  return layer.inboundNodes[0]!.inputTensors[index]?.shape;
}

/** Values that stand for no place. */
function nowhere(shape: Shape | undefined): tf.Tensor | undefined {
  const sizes = shape?.slice(1);
  if (!sizes || sizes.includes(null)) return undefined;
  return tf.fill([2, ...(sizes as number[])], -1);
}

function inGrid([rows, columns]: Tokens): Places | undefined {
  if (!rows || !columns) return undefined;
  const places = rows.map((token, index) => [middle(token), middle(columns[index]!)] as const);
  const prefix = places.findIndex(([row]) => row >= 0);
  const patches = places.slice(prefix);
  if (prefix < 0 || patches.some(([row]) => row < 0)) return undefined;
  const [down, across] = [0, 1].map((axis) =>
    [...new Set(patches.map((place) => place[axis]!))].sort((a, b) => a - b),
  ) as [number[], number[]];
  const order = new Array<number>(down.length * across.length).fill(-1);
  patches.forEach(([row, column], token) => {
    order[down.indexOf(row) * across.length + across.indexOf(column)] = token;
  });
  if (patches.length !== order.length || order.includes(-1)) return undefined;
  const isInOrder = order.every((token, place) => token === place);
  return { grid: [down.length, across.length], prefix, ...(!isInOrder && { order }) };
}

/** To be compared: rounding is off. */
function middle(numbers: number[]): number {
  return Math.round((1000 * numbers.reduce((sum, each) => sum + each, 0)) / numbers.length);
}
