/** How much was done at a time (milliseconds). */
export interface Sample {
  time: number;
  done: number;
}

/** Units a second between the first and the last sample; 0 where nothing can be said yet. */
export function rateOver(samples: Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.time <= first.time || last.done <= first.done) return 0;
  return ((last.done - first.done) / (last.time - first.time)) * 1000;
}

/** Seconds as people read them: 8 s, 2 min 05 s, 3 h 04 min. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
}

/** A figure with about three digits. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 100
    ? value.toFixed(0)
    : size >= 10
      ? value.toFixed(1)
      : size >= 0.01
        ? value.toFixed(3)
        : value.toExponential(1);
}

/** The first of many names, and how many more there are: 'a, b and 998 more'. */
export function firstFew(names: readonly string[], most = 10): string {
  if (names.length <= most + 1) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
