/** An image with a part of another one. `mask` is 1 where the other one is seen, [size, size]. */
export function paste(image: Uint8Array, from: Uint8Array, mask: Uint8Array): Uint8Array {
  const out = image.slice();
  mask.forEach((inside, pixel) => {
    if (inside) out.set(from.subarray(3 * pixel, 3 * pixel + 3), 3 * pixel);
  });
  return out;
}

/** Darkest and brightest level of red, green and blue (2nd and 98th percentile): [6]. */
export function levelsOf(image: Uint8Array): Float64Array {
  const pixels = image.length / 3;
  const levels = new Float64Array(6);
  for (let channel = 0; channel < 3; channel++) {
    const counts = new Uint32Array(256);
    for (let at = channel; at < image.length; at += 3) counts[image[at]!]!++;
    [0.02, 0.98].forEach((share, end) => {
      let below = 0;
      let level = 0;
      while (level < 255 && (below += counts[level]!) < share * pixels) level++;
      levels[3 * end + channel] = level;
    });
  }
  return levels;
}

/**
 * An image whose darkest and brightest levels are others, channel by channel: a cast, a tint or a veil moves them for
 * every image alike, while what is in the picture mostly leaves them alone.
 */
export function transferLevels(image: Uint8Array, levels: Float64Array): Uint8Array {
  return mappedLevels(image, levelsOf(image), levels);
}

/** An image whose levels are moved as it takes to bring `own` ones to `levels`, whatever the image's are. */
export function mappedLevels(image: Uint8Array, own: Float64Array, levels: Float64Array): Uint8Array {
  const gain = [0, 1, 2].map((c) => (levels[3 + c]! - levels[c]!) / Math.max(16, own[3 + c]! - own[c]!));
  return image.map((value, at) => {
    const c = at % 3;
    return Math.max(0, Math.min(255, Math.round((value - own[c]!) * gain[c]! + levels[c]!)));
  });
}

const BANDS = 3;

/** Deviation of the luminance in bands of one octave each, from the finest on: [3]. */
export function textureOf(image: Uint8Array, size: number): Float64Array {
  const bands = luminanceBands(image, size);
  return Float64Array.from(bands, (band) =>
    Math.sqrt(band.reduce((sum, value) => sum + value * value, 0) / band.length),
  );
}

/** An image whose luminance has other deviations in its bands: as blurred, as sharp, as grainy as another one. */
export function transferTexture(image: Uint8Array, size: number, texture: Float64Array): Uint8Array {
  const bands = luminanceBands(image, size);
  const own = textureOf(image, size);
  const out = image.slice();
  const change = new Float32Array(size * size);
  bands.forEach((band, at) => {
    const gain = Math.min(6, texture[at]! / Math.max(0.3, own[at]!)) - 1;
    band.forEach((value, pixel) => (change[pixel]! += gain * value));
  });
  for (let at = 0; at < out.length; at++)
    out[at] = Math.max(0, Math.min(255, Math.round(image[at]! + change[Math.floor(at / 3)]!)));
  return out;
}

/** The luminance in bands of one octave each, from the finest on, without what is smoother: [size, size] each. */
export function luminanceBands(image: Uint8Array, size: number): Float32Array[] {
  let rest = luminance(image);
  const bands: Float32Array[] = [];
  for (let band = 0; band < BANDS; band++) {
    const smooth = binomial(rest, size, 2 ** band);
    bands.push(rest.map((value, at) => value - smooth[at]!));
    rest = smooth;
  }
  return bands;
}

/** ITU-R 601, [size · size]. */
export function luminance(image: Uint8Array): Float32Array {
  const out = new Float32Array(image.length / 3);
  for (let pixel = 0; pixel < out.length; pixel++)
    out[pixel] = 0.299 * image[3 * pixel]! + 0.587 * image[3 * pixel + 1]! + 0.114 * image[3 * pixel + 2]!;
  return out;
}

/** [1 4 6 4 1] / 16 along both axes, `step` pixels apart; edges are repeated. */
export function binomial(values: Float32Array, size: number, step: number): Float32Array {
  const kernel = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16];
  const pass = (from: Float32Array, stride: number, other: number): Float32Array => {
    const out = new Float32Array(from.length);
    for (let line = 0; line < size; line++)
      for (let at = 0; at < size; at++) {
        let sum = 0;
        for (let tap = 0; tap < 5; tap++) {
          const place = Math.max(0, Math.min(size - 1, at + (tap - 2) * step));
          sum += kernel[tap]! * from[line * other + place * stride]!;
        }
        out[line * other + at * stride] = sum;
      }
    return out;
  };
  return pass(pass(values, 1, size), size, 1);
}
