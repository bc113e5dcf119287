import { transferLevels, transferTexture } from './transfer.js';

/**
 * An image without a part of it: its place is filled with the blur of what is around.
 *
 * @param mask 1 where the image is taken away, [size, size]
 */
export function takeRegion(image: Uint8Array, mask: Uint8Array, size: number): Uint8Array {
  // A normalized box blur, three times: nearly a Gaussian, and the removed pixels count nothing in the first.
  const radius = Math.max(1, Math.round(size / 10));
  const filled = Float32Array.from(image, (value, at) => (mask[Math.floor(at / 3)] ? 0 : value));
  const weight = Float32Array.from(mask, (inside) => (inside ? 0 : 1));
  const planes = [0, 1, 2].map((channel) =>
    blurred(
      filled.filter((_, at) => at % 3 === channel),
      size,
      radius,
    ),
  );
  const weights = blurred(weight, size, radius);
  const mean = meanOutside(image, mask);
  const out = image.slice();
  mask.forEach((inside, pixel) => {
    if (!inside) return;
    const known = weights[pixel]!;
    for (let channel = 0; channel < 3; channel++)
      out[3 * pixel + channel] = Math.round(known > 1e-4 ? planes[channel]![pixel]! / known : mean[channel]!);
  });
  return out;
}

/** An image with the levels or the texture that most images have. */
export function takeWhole(
  image: Uint8Array,
  size: number,
  kind: 'levels' | 'texture',
  usual: Float64Array,
): Uint8Array {
  return kind === 'levels' ? transferLevels(image, usual) : transferTexture(image, size, usual);
}

function meanOutside(image: Uint8Array, mask: Uint8Array): number[] {
  const sums = [0, 0, 0];
  let outside = 0;
  mask.forEach((inside, pixel) => {
    if (inside) return;
    outside++;
    for (let channel = 0; channel < 3; channel++) sums[channel]! += image[3 * pixel + channel]!;
  });
  return sums.map((sum) => sum / Math.max(1, outside));
}

function blurred(values: Float32Array, size: number, radius: number): Float32Array {
  let plane = values;
  for (let time = 0; time < 3; time++)
    plane = boxed(boxed(plane, size, radius, 1, size), size, radius, size, 1);
  return plane;
}

/** A running mean along one axis; what lies beyond the edges counts as 0. */
function boxed(
  values: Float32Array,
  size: number,
  radius: number,
  stride: number,
  line: number,
): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < size; row++) {
    let sum = 0;
    const at = (place: number): number =>
      place < 0 || place >= size ? 0 : values[row * line + place * stride]!;
    for (let place = -radius; place < radius; place++) sum += at(place);
    for (let place = 0; place < size; place++) {
      sum += at(place + radius) - at(place - radius - 1);
      out[row * line + place * stride] = sum / (2 * radius + 1);
    }
  }
  return out;
}
