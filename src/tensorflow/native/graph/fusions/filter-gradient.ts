import type { Precision } from '../../../compile.js';
import { convolutionOf, sizesOf } from './convolution.js';
import { TF, typeAttribute } from '../../runtime/engine.js';
import type { Node, Operation } from '../../trace/recording.js';

/** Channels of the images from which on it is the faster one, in float32. */
const ENOUGH_CHANNELS = 4;

/**
 * The gradient of a convolution's weights as the operation of filter-gradient.cc, which gives float32 whatever the
 * precision.
 *
 * @returns undefined where that does not know the convolution (groups, dilation, another layout), or TensorFlow's is faster
 */
export function filterGradient(node: Node, precision: Precision): Operation | undefined {
  const convolution = node.op === 'Conv2DBackpropFilter' ? convolutionOf(node) : undefined;
  if (!convolution || (precision === 'float32' && convolution.images[3]! < ENOUGH_CHANNELS)) return undefined;
  const [x, , dy] = node.inputs;
  const attributes = [typeAttribute('T', TF.FLOAT), ...sizesOf(convolution)];
  return { op: 'CamtuneFilterGrad', attributes, inputs: [x!, dy!] };
}
