import { convolutionSizes } from './convolution-sizes.js';
import type { Node, Operation } from './recording.js';
import { isFilled, shapeOf, valueOf } from './uses.js';

/**
 * The gradient of a convolution's weights as the operation of filter-gradient.cc, which takes bfloat16 and gives float32.
 *
 * @returns undefined where that does not know the convolution (groups, dilation, another layout)
 */
export function filterGradient(node: Node): Operation | undefined {
  if (node.op !== 'Conv2DBackpropFilter' || valueOf(node, 'data_format') !== 'NHWC') return undefined;
  const [x, , dy] = node.inputs;
  const images = shapeOf(x);
  const channels = node.outputs[0]!.shape?.[2];
  const dilations = (valueOf(node, 'dilations') as number[] | undefined) ?? [];
  const isKnown = isFilled(images) && isFilled(shapeOf(dy)) && images!.at(-1) === channels;
  if (!isKnown || dilations.some((rate) => rate !== 1)) return undefined;
  return { op: 'CamtuneFilterGrad', attributes: convolutionSizes(node), inputs: [x!, dy!] };
}
