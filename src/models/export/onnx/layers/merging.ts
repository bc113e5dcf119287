import { Failure } from '../../../../errors.js';
import type { Shape } from '../../../classifier/index.js';
import { ordered, reshaped, settled } from '../arrange.js';
import { settingsOf, type LayerExport } from '../layer.js';
import { plainOrder, type Value } from '../value.js';
import type { Writer } from '../writer.js';

/** Add, Multiply, Maximum, Minimum: one value after the other; Average: their sum divided. */
export function elementwise(operator: 'Add' | 'Mul' | 'Max' | 'Min' | 'Mean'): LayerExport {
  return ({ layer, writer, shape }, inputs) => {
    const aligned = alignedAll(writer, inputs, shape.length);
    const { order, flattened } = aligned[0]!;
    const names = aligned.map(({ name }) => name);
    const name = ['Add', 'Mul'].includes(operator)
      ? names.reduce((sum, next) => writer.node(layer.name, operator, [sum, next]))
      : writer.node(layer.name, operator, names);
    const nonNegative = aligned.every((value) => value.nonNegative);
    return { name, shape, order, flattened, nonNegative };
  };
}

/** Concatenate. */
export const concatenate: LayerExport = ({ layer, writer, shape }, inputs) => {
  const { axis = -1 } = settingsOf<{ axis?: number }>(layer);
  const own = axis < 0 ? axis + shape.length : axis;
  const { order } = settled(writer, inputs[0]!);
  const values = inputs.map((value) => ordered(writer, settled(writer, value), order));
  const names = values.map(({ name }) => name);
  const name = writer.node(layer.name, 'Concat', names, { axis: order.indexOf(own) });
  return { name, shape, order, nonNegative: values.every((value) => value.nonNegative) };
};

/** All values with axes as the first of full rank has them; tfjs puts axes of size 1 behind the batch of the others. */
function alignedAll(writer: Writer, inputs: readonly Value[], rank: number): Value[] {
  const flattened = inputs.map((value) => JSON.stringify(value.flattened));
  const keep = flattened.every((text) => text === flattened[0]) ? 'flattened' : undefined;
  const ready = inputs.map((value) => settled(writer, value, keep));
  const model = ready.find(({ shape }) => shape.length === rank);
  if (!model) throw new Failure('values of different ranks that none of them has cannot be written as ONNX');
  return ready.map((value) => {
    if (value.shape.length === rank) return ordered(writer, value, model.order);
    const ones = Array.from({ length: rank - value.shape.length }, () => 1);
    const [batch, ...rest] = value.shape;
    const wider: Shape = [batch!, ...ones, ...rest];
    return ordered(writer, reshaped(writer, value, wider), rank === 4 ? model.order : plainOrder(wider));
  });
}
