/**
 * Round numbers for an axis, 1, 2 or 5 times a power of ten apart. For y they enclose the range; for x they lie
 * inside it and are whole.
 */
export function ticks(low: number, high: number, about: number, inside: boolean): number[] {
  // A constant curve lies in the middle of a range of its own.
  const spread = high > low ? high - low : Math.abs(low) || 1;
  const from = high > low || inside ? low : low - spread / 2;
  const to = high > low || inside ? high : high + spread / 2;
  const rough = spread / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const found = [1, 2, 5, 10]
    .map((factor) => factor * power)
    .find((candidate) => candidate >= rough * 0.999)!;
  const step = inside ? Math.max(1, Math.round(found)) : found;
  const first = inside ? Math.ceil(from / step) : Math.floor(from / step + 1e-9);
  const last = inside ? Math.floor(to / step) : Math.ceil(to / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** A number in a few digits: 0.00125, 3.4e-7, 1,234. */
export function label(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return value.toExponential(2).replace(/\.?0+e/, 'e');
  return value.toLocaleString('en-US', { maximumSignificantDigits: Number.isInteger(value) ? 9 : 4 });
}
