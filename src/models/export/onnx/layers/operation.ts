import { Failure } from '../../../../errors.js';
import { constantOperand, type Operation } from '../../../onnx/index.js';
import type { LayerExport } from '../layer.js';
import { arrange } from '../operations/arrange.js';
import type { OperationExport } from '../operations/call.js';
import { elementwise } from '../operations/elementwise.js';
import { normalize, product } from '../operations/normalize.js';
import { reduce } from '../operations/reduce.js';
import { windows } from '../operations/window.js';

const table = new Map<string, OperationExport>(
  [arrange, elementwise, normalize, product, reduce, windows].flatMap((family) => Object.entries(family)),
);

/** An operator that came from an ONNX file. */
export const operation: LayerExport = (use, inputs) => {
  const layer = use.layer as unknown as Operation;
  const { operation: name, attributes, operands, weightSpecs } = layer.given;
  const write = table.get(name);
  if (!write) throw new Failure(`layer '${use.layer.name}': '${name}' cannot be written as ONNX`);
  const given = operands.map((operand, index) => {
    if ('input' in operand) return inputs[operand.input]!;
    const tensor = constantOperand(layer, operand);
    const label = 'weight' in operand ? weightSpecs[operand.weight]!.name : `value${index}`;
    const constant = { shape: tensor.shape, values: Float32Array.from(tensor.dataSync()), label };
    tensor.dispose();
    return constant;
  });
  return write({ use, attributes, arguments: given });
};
