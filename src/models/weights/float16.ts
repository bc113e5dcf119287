/**
 * IEEE 754 half precision to float32, subnormals, infinities and NaN included.
 *
 * @param halves bit patterns
 */
export function decodeFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let index = 0; index < halves.length; index++) values[index] = halfValues[halves[index]!]!;
  return values;
}

/**
 * The upper half of a float32 (bfloat16) to float32.
 *
 * @param halves bit patterns
 */
export function decodeBfloat16(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
}

/**
 * float32 to half precision bit patterns, rounded to the nearest, ties to even; values beyond 65504 become infinite.
 */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let index = 0; index < bits.length; index++) halves[index] = halfBits(bits[index]!, values[index]!);
  return halves;
}

function halfBits(bits: number, value: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return sign | 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Steps of 2^-24 below 2^-14 (subnormal); above, ten bits of fraction. A fraction rounded up carries into the
  // exponent, as it should.
  if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24);
  const exponent = ((bits >>> 23) & 0xff) - 112;
  return sign + (exponent << 10) + roundToEven((bits & 0x7fffff) / 8192);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

const halfValues = Float32Array.from({ length: 65536 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
});
