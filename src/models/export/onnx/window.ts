import type { Shape } from '../../classifier/index.js';
import { asImage, settled } from './arrange.js';
import type { imageOrder, Padding, Value } from './value.js';
import type { Attributes, Writer } from './writer.js';

/** What moves over an image. */
export interface Window {
  kernel: readonly number[];
  strides: readonly number[];
  dilations?: readonly number[];
  padding: string;
  dataFormat: keyof typeof imageOrder;
}

/**
 * The input and the attributes of a node whose window moves over an image: TensorFlow's 'same' as pads, which are not
 * the same on both sides; zeros that a layer before it adds are among them.
 *
 * @param absorbs whether the node's pads mean what those zeros mean
 */
export function overImage(
  writer: Writer,
  value: Value,
  { kernel, strides, dilations = [1, 1], padding, dataFormat }: Window,
  absorbs: (padding: Padding) => boolean,
): { image: Value; attributes: Attributes } {
  const given = asImage(writer, value, dataFormat);
  const sizes = dataFormat === 'channelsLast' ? given.shape.slice(1, 3) : given.shape.slice(2, 4);
  const pads = padding === 'same' ? samePads(sizes, kernel, strides, dilations) : [0, 0, 0, 0];
  const isAbsorbed = pads !== undefined && (!given.padding || absorbs(given.padding));
  const image = isAbsorbed ? { ...given, padding: undefined } : withoutPadding(writer, given);
  const { top = 0, left = 0, bottom = 0, right = 0 } = (isAbsorbed && given.padding) || {};
  const all = pads && [pads[0]! + top, pads[1]! + left, pads[2]! + bottom, pads[3]! + right];
  return {
    image,
    attributes: {
      kernel_shape: kernel,
      strides,
      dilations: dilations.some((dilation) => dilation !== 1) ? dilations : undefined,
      // The image's size is known only when it is run.
      ...(all ? { pads: all } : { auto_pad: 'SAME_UPPER' }),
    },
  };
}

function withoutPadding(writer: Writer, value: Value): Value {
  const { mix, ...rest } = value;
  // Channels can be mixed before or behind zeros.
  return { ...settled(writer, rest), ...(mix && { mix }) };
}

/** [top, left, bottom, right] of TensorFlow's 'same'; undefined where the image's size would have to be known. */
function samePads(
  sizes: Shape,
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): [number, number, number, number] | undefined {
  const totals = sizes.map((size, axis) => {
    const extent = (kernel[axis]! - 1) * dilations[axis]! + 1;
    const stride = strides[axis]!;
    if (stride === 1) return extent - 1;
    return size === null ? undefined : Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
  });
  const [height, width] = totals;
  if (height === undefined || width === undefined) return undefined;
  const before = [Math.floor(height / 2), Math.floor(width / 2)] as const;
  return [...before, height - before[0], width - before[1]];
}
