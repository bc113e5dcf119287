import { permute } from '../../../weights/index.js';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { withActivation } from '../activations.js';
import { ordered, settled } from '../arrange.js';
import { contentOf, settingsOf, type LayerExport } from '../layer.js';
import { plainOrder } from '../value.js';

interface DenseLayer {
  kernel: LayerVariable;
  bias?: LayerVariable | null;
}

/**
 * Dense: Gemm with the kernel [out, in]; its inputs in the order in which a flattened image has them. Over the channels
 * of an image a convolution of 1×1, over those of a sequence MatMul.
 */
export const dense: LayerExport = (use, [input]) => {
  const { layer, writer, shape } = use;
  const { kernel, bias } = settingsOf<DenseLayer>(layer);
  const { shape: sizes, values } = contentOf(kernel);
  const [inputs, units] = sizes as [number, number];
  const biasName = bias && writer.weight(`${layer.name}.bias`, [units], contentOf(bias).values);
  const biases = biasName ? [biasName] : [];
  const value = settled(writer, input!, 'flattened');
  const weightName = `${layer.name}.weight`;

  if (value.shape.length === 2) {
    const { flattened } = value;
    const axes = flattened ? (flattened.shape.slice(1) as number[]) : [inputs];
    const order = flattened ? flattened.order.slice(1).map((axis) => axis - 1) : [0];
    const turned = permute(values, [...axes, units], [axes.length, ...order]);
    const weight = writer.weight(weightName, [units, inputs], turned);
    const name = writer.node(layer.name, 'Gemm', [value.name, weight, ...biases], { transB: 1 });
    return withActivation(use, { name, shape, order: plainOrder(shape) });
  }
  if (value.shape.length === 4 && value.order[1] === 3) {
    const weight = writer.weight(weightName, [units, inputs, 1, 1], permute(values, sizes, [1, 0]));
    const name = writer.node(layer.name, 'Conv', [value.name, weight, ...biases], { kernel_shape: [1, 1] });
    return withActivation(use, { name, shape, order: value.order });
  }
  const plain = ordered(writer, value, plainOrder(value.shape));
  const product = writer.node(layer.name, 'MatMul', [plain.name, writer.weight(weightName, sizes, values)]);
  const name = biasName ? writer.node(layer.name, 'Add', [product, biasName]) : product;
  return withActivation(use, { name, shape, order: plain.order });
};
