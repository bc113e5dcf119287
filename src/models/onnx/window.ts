import type { Node } from './node.js';

/** How a window goes over a picture. */
export interface Window {
  size: [number, number];
  strides: [number, number];
  dilations: [number, number];
  /** Before and after, along the height and along the width; `extra` of what is after is there for the ceiling alone. */
  pads: [[number, number], [number, number]];
  extra: [number, number];
  output: [number, number];
}

/**
 * Reads kernel_shape, strides, dilations, pads, auto_pad and ceil_mode.
 *
 * @param size of the window where the node does not say it
 * @throws Failure where the picture is too small, or there are more than two axes
 */
export function windowOf(node: Node, picture: [number, number], size?: [number, number]): Window {
  const pair = (name: string, otherwise: [number, number]): [number, number] => {
    const given = node.ints(name);
    if (!given || given.length === 0) return otherwise;
    if (given.length !== 2 || given.some((value) => value < 1))
      throw node.refuse(`has ${name} ${given.join(', ')}; two numbers from 1 are computed`);
    return given as [number, number];
  };
  const kernel = pair('kernel_shape', size ?? [0, 0]);
  const [strides, dilations] = [pair('strides', [1, 1]), pair('dilations', [1, 1])];
  const given = node.ints('pads') ?? [0, 0, 0, 0];
  if (given.length > 0 && given.length !== 4)
    throw node.refuse(`has ${given.length} pads; four are computed`);
  const auto = node.text('auto_pad', 'NOTSET');
  const ceiling = node.int('ceil_mode', 0) === 1;
  const along = (axis: 0 | 1) => {
    const span = (kernel[axis] - 1) * dilations[axis] + 1;
    const stride = strides[axis];
    let [before, after] = auto === 'NOTSET' ? [given[axis] ?? 0, given[axis + 2] ?? 0] : [0, 0];
    if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
      const whole = Math.max(0, (Math.ceil(picture[axis] / stride) - 1) * stride + span - picture[axis]);
      const [less, more] = [Math.floor(whole / 2), Math.ceil(whole / 2)];
      [before, after] = auto === 'SAME_UPPER' ? [less, more] : [more, less];
    }
    const free = picture[axis] + before + after - span;
    let output = (ceiling ? Math.ceil(free / stride) : Math.floor(free / stride)) + 1;
    // A window that would begin in the padding behind the picture is not counted.
    if (ceiling && (output - 1) * stride >= picture[axis] + before) output--;
    // With the ceiling a window that is larger than the picture sees all of it (EfficientNet of Hugging Face).
    const isWhole = free < 0 && ceiling && dilations[axis] === 1;
    if (!((free >= 0 || isWhole) && output >= 1))
      throw node.refuse(`has a window of ${span} on a picture of ${picture[axis]} pixels`);
    const size = isWhole ? span + free : kernel[axis];
    const extra = isWhole ? 0 : Math.max(0, (output - 1) * stride + span - (picture[axis] + before + after));
    return { size, pads: [before, after + extra] as [number, number], extra, output };
  };
  const [down, across] = [along(0), along(1)];
  return {
    size: [down.size, across.size],
    strides,
    dilations,
    pads: [down.pads, across.pads],
    extra: [down.extra, across.extra],
    output: [down.output, across.output],
  };
}
