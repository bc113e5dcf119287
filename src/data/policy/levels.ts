import { grayOf, type RgbImage } from './rgb-image.js';

/** Keeps the highest `bits` of each value, 1 to 8. */
export function posterize({ pixels }: RgbImage, bits: number): Uint8Array {
  const mask = (0xff << (8 - bits)) & 0xff;
  return byLevels(pixels, () => (value) => value & mask);
}

/** Inverts the values from `threshold` on. */
export function solarize({ pixels }: RgbImage, threshold: number): Uint8Array {
  return byLevels(pixels, () => (value) => (value >= threshold ? 255 - value : value));
}

/** Multiplies every value. */
export function brightness({ pixels }: RgbImage, factor: number): Uint8Array {
  return byLevels(pixels, () => (value) => toward(0, value, factor));
}

/** Multiplies the distance of every value from the image's mean gray. */
export function contrast({ pixels }: RgbImage, factor: number): Uint8Array {
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 3) sum += grayOf(pixels, at);
  const mean = Math.floor(sum / (pixels.length / 3) + 0.5);
  return byLevels(pixels, () => (value) => toward(mean, value, factor));
}

/** Spreads each channel linearly over 0..255. */
export function autoContrast({ pixels }: RgbImage): Uint8Array {
  return byLevels(pixels, (histogram) => {
    const low = histogram.findIndex((count) => count > 0);
    const high = 255 - [...histogram].reverse().findIndex((count) => count > 0);
    if (high <= low) return (value) => value;
    const scale = 255 / (high - low);
    return (value) => Math.min(255, Math.max(0, Math.trunc(value * scale - low * scale)));
  });
}

/** Makes every value of a channel about as frequent as any other, as Pillow's equalize. */
export function equalize({ pixels }: RgbImage): Uint8Array {
  return byLevels(pixels, (histogram) => {
    const present = histogram.filter((count) => count > 0);
    const step = Math.floor((pixels.length / 3 - (present.at(-1) ?? 0)) / 255);
    if (present.length < 2 || step === 0) return (value) => value;
    let sum = Math.floor(step / 2);
    const levels = Array.from(histogram, (count) => {
      const level = Math.floor(sum / step);
      sum += count;
      return level;
    });
    return (value) => Math.min(255, levels[value]!);
  });
}

/** `factor` of the way from `other` to `value`, cut to 0..255, in the float32 of Pillow's blend. */
export function toward(other: number, value: number, factor: number): number {
  const moved = Math.fround(other + Math.fround(Math.fround(factor) * (value - other)));
  return moved <= 0 ? 0 : moved >= 255 ? 255 : Math.trunc(moved);
}

/** Replaces the values of each channel by a table, which follows from its histogram [256]. */
function byLevels(
  pixels: Uint8Array,
  tableOf: (histogram: Uint32Array) => (value: number) => number,
): Uint8Array {
  const histograms = [0, 1, 2].map((channel) => {
    const histogram = new Uint32Array(256);
    for (let at = channel; at < pixels.length; at += 3) histogram[pixels[at]!]!++;
    return histogram;
  });
  const tables = histograms.map((histogram) => {
    const levelOf = tableOf(histogram);
    return Uint8Array.from({ length: 256 }, (_, value) => levelOf(value));
  });
  const out = new Uint8Array(pixels.length);
  tables.forEach((table, channel) => {
    for (let at = channel; at < pixels.length; at += 3) out[at] = table[pixels[at]!]!;
  });
  return out;
}
