import type { QueriedNetwork, Shortcuts } from '../../../src/monitor/index.js';
import { CLASSES, SIZE } from './blotches.js';

/** Red more, blue less, as a filter does to every pixel. */
export function cast(image: Uint8Array): void {
  image.forEach((value, at) => (image[at] = Math.min(255, Math.round(value * [1.25, 1, 0.8][at % 3]!))));
}

/** The mean of an image's values, weighted. */
export const mean = (image: Uint8Array, of: (pixel: number, channel: number) => number): number => {
  let sum = 0;
  image.forEach((value, at) => (sum += value * of(Math.floor(at / 3), at % 3)));
  return sum / (SIZE * SIZE);
};
export const redness = (image: Uint8Array): number => mean(image, (_, channel) => [1, 0, -1][channel]!) / 60;

/** A network that takes for class 0 what shows something, and knows the others by nothing. */
export const knowing = (what: (image: Uint8Array) => number): QueriedNetwork => ({
  classes: CLASSES,
  logits: (pixels) => Promise.resolve(pixels.map((image) => Float32Array.of(6 * what(image) - 2, 0, 0))),
  evidence: (pixels) =>
    Promise.resolve(pixels.map(() => ({ values: new Float32Array(16).fill(1), height: 4, width: 4 }))),
});
export const alarms = ({ findings }: Shortcuts) =>
  findings.filter(({ alarm }) => alarm).map(({ classIndex, kind }) => `${classIndex} ${kind}`);
