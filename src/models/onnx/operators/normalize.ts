import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { batchAxis, isBatch, number, type Constant, type Value } from '../values.js';
import { axisInMemory, axisOf, constantInput, input, tensorInput } from './arguments.js';
import type { Call, Handlers } from './handler.js';
import { reshaped } from './reshaped.js';

/** The order of a picture with its channels last, whatever its rank. */
export function channelsLast(rank: number): number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2), ...(rank > 1 ? [1] : [])];
}

function batchNorm(call: Call): Value {
  const { node, network } = call;
  const given = input(call, 0);
  if (given.kind === 'constant') return standardized(call, given);
  const x = tensorInput(call, 0);
  if (batchAxis(x) !== 0) throw node.refuse('wants the images along its first axis');
  const placed = network.place(x, channelsLast(x.shape.length));
  const parameters = [1, 2, 3, 4].map((index) => constantInput(call, index));
  const layer = layers.batchNormalization({
    name: network.name(node, parameters),
    momentum: node.float('momentum', 0.9),
    epsilon: node.float('epsilon', 1e-5),
  });
  const weights = parameters.map((value) => () => tf.tensor1d(value.read()));
  return { ...placed, symbol: network.apply(layer, [placed.symbol], weights) };
}

/** Of parameters, along their second axis: how weights are standardized (NFNet, BiT). */
function standardized(call: Call, x: Constant): Value {
  const { node, network } = call;
  const column = [1, -1, ...x.shape.slice(2).map(() => 1)];
  const [scale, offset, mean, variance] = [1, 2, 3, 4].map((index) =>
    network.operation(node, 'reshape', { shape: column }, [constantInput(call, index)], []),
  ) as [Value, Value, Value, Value];
  const epsilon = node.float('epsilon', 1e-5);
  const run = (operation: string, ...of: Value[]) => network.operation(node, operation, {}, of, []);
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const normal =
    node.int('training_mode', 0) === 1
      ? network.operation(node, 'layerNorm', { axes, epsilon }, [x], [])
      : run('div', run('sub', x, mean), run('sqrt', run('add', variance, number(epsilon))));
  return run('add', run('mul', normal, scale), offset);
}

/** Over the last axes, as Transformers have it. */
function layerNorm(call: Call): Value {
  const { node, network, inputs } = call;
  const x = tensorInput(call, 0);
  const rank = x.shape.length;
  const first = axisOf(call, node.int('axis', -1), rank);
  const axes = Array.from({ length: rank - first }, (_, index) => first + index);
  // Scale and offset come in the order of the axes: these lie last.
  const order = [...x.order.filter((axis) => axis < first), ...axes];
  const placed = network.place(x, order);
  const isRms = node.type !== 'LayerNormalization';
  const affine = inputs.slice(1, isRms ? 2 : 3).filter((value) => value !== undefined);
  const attributes = { axes: axes.map((axis) => order.indexOf(axis)), epsilon: node.float('epsilon', 1e-5) };
  return network.operation(
    node,
    isRms ? 'rmsNorm' : 'layerNorm',
    attributes,
    [placed, ...affine],
    x.shape,
    order,
  );
}

function groupNorm(call: Call): Value {
  const { node, network } = call;
  const x = tensorInput(call, 0);
  const order = channelsLast(x.shape.length);
  const placed = network.place(x, order);
  const channels = x.shape[1] as number;
  const groups = node.type === 'InstanceNormalization' ? channels : node.int('num_groups');
  const [scale, offset] = [1, 2].map((index) => {
    const value = constantInput(call, index);
    // Opset 18 has one scale a group, opset 21 one a channel.
    return value.shape[0] === channels ? value : perChannel(call, value, channels);
  });
  const attributes = { groups, epsilon: node.float('epsilon', 1e-5) };
  return network.operation(node, 'groupNorm', attributes, [placed, scale!, offset!], x.shape, order);
}

function perChannel({ node, network }: Call, value: Constant, channels: number): Value {
  const [groups] = value.shape as [number];
  const each = channels / groups;
  if (!Number.isInteger(each)) throw node.refuse(`has ${groups} scales for ${channels} channels`);
  const column = network.operation(node, 'reshape', { shape: [groups, 1] }, [value], []);
  const spread = network.operation(node, 'expand', { shape: [groups, each] }, [column], []);
  return network.operation(node, 'reshape', { shape: [channels] }, [spread], []);
}

/** Mean 0 and variance 1 over some axes. */
function meanVariance(call: Call): Value {
  const { node, network } = call;
  const x = tensorInput(call, 0);
  const axes = (node.ints('axes') ?? [0, 2, 3]).map((axis) =>
    axisInMemory(call, x, axisOf(call, axis, x.shape.length)),
  );
  return network.operation(node, 'layerNorm', { axes, epsilon: 1e-9 }, [x], x.shape);
}

function localResponse(call: Call): Value {
  const { node, network } = call;
  const x = network.place(tensorInput(call, 0), [0, 2, 3, 1]);
  const size = node.int('size');
  if (size % 2 === 0) throw node.refuse(`looks at ${size} channels; an odd number can be computed`);
  const radius = (size - 1) / 2;
  const attributes = {
    radius,
    bias: node.float('bias', 1),
    alpha: node.float('alpha', 1e-4) / size,
    beta: node.float('beta', 0.75),
  };
  return network.operation(node, 'localResponse', attributes, [x], x.shape);
}

function overRest(call: Call, x: Value, axis: number): Value {
  const rest = x.shape.slice(axis);
  if (rest.some(isBatch)) throw call.node.refuse('is a softmax over the batch, which mixes images');
  const count = (rest as number[]).reduce((product, size) => product * size, 1);
  const joined = reshaped(call, x, [...x.shape.slice(0, axis), count]);
  const operation = call.node.type === 'LogSoftmax' ? 'logSoftmax' : 'softmax';
  const place = axisInMemory(call, joined, axis);
  const y = call.network.operation(call.node, operation, { axis: place }, [joined], joined.shape);
  return reshaped(call, y, x.shape);
}

const soft = (call: Call): Value => {
  const { node, network } = call;
  const x = input(call, 0);
  const rank = x.shape.length;
  const before13 = network.opset < 13;
  const axis = axisOf(call, node.int('axis', before13 ? 1 : -1), rank);
  // Before opset 13 it is over this axis and all behind it.
  if (before13 && x.shape.slice(axis + 1).some((size) => size !== 1)) return overRest(call, x, axis);
  const place = axisInMemory(call, x, axis);
  const log = node.type === 'LogSoftmax';
  if (x.kind === 'tensor' && place === rank - 1) {
    const name = network.name(node);
    const layer = log
      ? layers.activation({ name, activation: 'logSoftmax' as 'softmax' })
      : layers.softmax({ name, axis: -1 });
    return { ...x, symbol: network.apply(layer, [x.symbol]) };
  }
  return network.operation(node, log ? 'logSoftmax' : 'softmax', { axis: place }, [x], x.shape);
};

function lpNorm(call: Call): Value {
  const { node, network } = call;
  const x = input(call, 0);
  const axis = axisInMemory(call, x, axisOf(call, node.int('axis', -1), x.shape.length));
  return network.operation(node, 'lpNorm', { axis, power: node.int('p', 2) }, [x], x.shape);
}

/** Operators that bring values to a common scale. */
export const normalize: Handlers = {
  BatchNormalization: batchNorm,
  GroupNormalization: groupNorm,
  InstanceNormalization: groupNorm,
  LRN: localResponse,
  LayerNormalization: layerNorm,
  LogSoftmax: soft,
  LpNormalization: lpNorm,
  MeanVarianceNormalization: meanVariance,
  RMSNormalization: layerNorm,
  SimplifiedLayerNormalization: layerNorm,
  Softmax: soft,
};
