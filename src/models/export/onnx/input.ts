import type { Value } from './value.js';

// Of red, green and blue in the luminance of ITU-R 601, as networkInput() has it.
const luminance = [0.299, 0.587, 0.114];
const reversed = [
  [0, 0, 1],
  [0, 1, 0],
  [1, 0, 0],
];

/**
 * The input as the network's first layer takes it. What comes in is always red, green, blue: for a network of blue,
 * green, red or of one gray channel, the first convolution takes the difference into its kernel.
 *
 * @param shape of the network's input, as tfjs sees it
 */
export function inputValue(name: string, shape: Value['shape'], channels: 'RGB' | 'BGR'): Value {
  const value: Value = { name, shape, order: [0, 3, 1, 2] };
  if (shape[3] === 1) return { ...value, mix: [luminance] };
  return shape[3] === 3 && channels === 'BGR' ? { ...value, mix: reversed } : value;
}
