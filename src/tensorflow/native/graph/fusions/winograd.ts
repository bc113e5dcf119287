import { type Convolution, convolutionOf, integers } from './convolution.js';
import type { Attribute } from '../../runtime/engine.js';
import type { Node, Operation, Value } from '../../trace/recording.js';

/** Results that are computed at once, in each direction. */
const SIDE = 4;

/** What winograd.h asks for: channels fill vectors. */
const VECTOR = 16;

/**
 * Channels, and squares of results in an image, from which on it pays to turn the kernel into what is multiplied; that
 * it is done for one image or for many must not matter, or results would depend on the batch.
 */
const ENOUGH_CHANNELS = 32;
const ENOUGH_SQUARES = 9;

/** Weights at a place of the kernel, which becomes 36 numbers for each of them: 75 MB at most. */
const MOST_WEIGHTS = 2 ** 19;

/** How many times fewer multiplications there are to be, where squares do not fill the image. */
const GAIN = 2;

const KINDS: Readonly<Record<string, 'forward' | 'images' | 'kernel'>> = {
  Conv2D: 'forward',
  Conv2DBackpropInput: 'images',
  Conv2DBackpropFilter: 'kernel',
};

/**
 * A convolution of 3×3 without strides that gives images of the same size, or a gradient of one, as an operation of
 * winograd.cc or winograd-gradient.cc, in float32.
 *
 * @returns undefined where these do not know the convolution, or plain sums are as fast
 */
export function winograd(node: Node): Operation | undefined {
  const kind = KINDS[node.op];
  const convolution = kind && convolutionOf(node);
  if (!convolution || !isKnown(convolution) || !gains(convolution)) return undefined;
  const [first, second, third] = node.inputs as [Value, Value, Value];
  switch (kind) {
    case 'forward':
      return { op: 'CamtuneWinograd', attributes: ending(0, false), inputs: [first, second] };
    case 'images':
      return { op: 'CamtuneWinogradInputGrad', attributes: [], inputs: [third, second] };
    case 'kernel':
      return { op: 'CamtuneWinogradFilterGrad', attributes: [], inputs: [first, third] };
  }
}

/**
 * Attributes of a convolution with what follows it.
 *
 * @param numbers for each output, after images and kernel: none, what is added, or that and what is multiplied with before
 */
export function ending(numbers: 0 | 1 | 2, relu: boolean): Attribute[] {
  return integers({ relu: Number(relu), N: numbers });
}

function isKnown({ kernel, images, results, strides, padding }: Convolution): boolean {
  const [height, width, channels, outputs] = kernel as [number, number, number, number];
  const isOfImages = [1, 2].every((axis) => images[axis] === results[axis]);
  return (
    [height, width].every((side) => side === 3) &&
    [...strides, ...padding].every((count) => count === 1) &&
    isOfImages &&
    [channels, outputs].every((count) => count >= ENOUGH_CHANNELS && count % VECTOR === 0) &&
    channels * outputs <= MOST_WEIGHTS
  );
}

function gains({ images }: Convolution): boolean {
  const [, height, width] = images as [number, number, number, number];
  const squares = Math.ceil(height / SIDE) * Math.ceil(width / SIDE);
  return squares >= ENOUGH_SQUARES && 9 * height * width >= GAIN * (SIDE + 2) ** 2 * squares;
}
