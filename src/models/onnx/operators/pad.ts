import { constant, isBatch, type Value } from '../values.js';
import { axisOf, constantInput, input, numbers } from './arguments.js';
import type { Call } from './handler.js';
import { part } from './select.js';

/** Values around a value, or cut off from it, by one of the modes of ONNX. */
export function pad(call: Call): Value {
  const { node, network } = call;
  const x = input(call, 0);
  const rank = x.shape.length;
  const axes = (call.inputs[3] ? numbers(call, 3, 'axes')! : [...x.shape.keys()]).map((axis) =>
    axisOf(call, axis, rank),
  );
  const given = numbers(call, 1, 'pads') ?? [];
  if (given.length !== 2 * axes.length) throw node.refuse(`has ${given.length} pads for ${axes.length} axes`);
  const of = (axis: number): [number, number] => {
    const index = axes.indexOf(axis);
    return index < 0 ? [0, 0] : [given[index]!, given[index + axes.length]!];
  };
  const value = call.inputs[2] ? constantInput(call, 2).read()[0]! : node.float('value', 0);
  const order = x.kind === 'tensor' ? x.order : [...x.shape.keys()];
  const pads = order.map(of);
  if (pads.flat().every((size) => size === 0)) return x;
  if (x.kind === 'tensor' && pads[0]!.some((size) => size !== 0)) throw node.refuse('pads the batch');
  let padded: Value = x;
  // A negative padding cuts off.
  for (const [at, axis] of order.entries()) {
    const [before, after] = pads[at]!;
    if (before >= 0 && after >= 0) continue;
    const [from, to] = [Math.max(0, -before), Math.max(0, -after)];
    padded = part(call, padded, axis, from, (padded.shape[axis] as number) - from - to);
    pads[at] = [Math.max(0, before), Math.max(0, after)];
  }
  const shape = padded.shape.map((size, axis) =>
    isBatch(size) ? size : size + pads[order.indexOf(axis)]![0] + pads[order.indexOf(axis)]![1],
  );
  const mode = node.text('mode', 'constant');
  if (mode === 'constant') {
    const finite = Math.min(Math.max(value, -3e38), 3e38);
    return network.operation(node, 'pad', { pads, value: finite }, [padded], shape, order);
  }
  const source = sources[mode];
  if (!source)
    throw node.refuse(`pads with the mode '${mode}'; known are constant, ${Object.keys(sources).join(', ')}`);
  return order.reduce<Value>((value, axis, at) => {
    const [before, after] = pads[at]!;
    if (before + after === 0) return value;
    const size = padded.shape[axis] as number;
    const places = Array.from({ length: before + size + after }, (_, index) => source(index - before, size));
    if (places.some((place) => !(place >= 0 && place < size)))
      throw node.refuse(`pads ${size} values with more than they give`);
    const widened = value.shape.map((each, other) => (other === axis ? places.length : each));
    return network.operation(
      node,
      'gather',
      { axis: at },
      [value, constant('int', [places.length], places)],
      widened,
    );
  }, padded);
}

/** Which value stands at a place before or behind the values, by the mode of a padding. */
const sources: Record<string, (index: number, size: number) => number> = {
  reflect: (index, size) => (index < 0 ? -index : index < size ? index : 2 * (size - 1) - index),
  edge: (index, size) => Math.min(Math.max(index, 0), size - 1),
  wrap: (index, size) => ((index % size) + size) % size,
};
