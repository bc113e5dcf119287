/** value = shift + scale · base */
export interface Line {
  shift: number;
  scale: number;
}

/**
 * The lines on which values lie.
 *
 * @param base standard random numbers, float32
 * @param values what became of them; of integers what is left after cutting off, and then only lines with whole ends
 *   count (`randomUniformInt(min, max)`), at most two of them
 * @returns empty if there is none
 */
export function linesThrough(base: number[], values: number[], integer: boolean): Line[] {
  return integer ? integerLines(base, values) : floatLines(base, values);
}

function floatLines(base: number[], values: number[]): Line[] {
  const low = base.indexOf(Math.min(...base));
  const high = base.indexOf(Math.max(...base));
  if (low === high) return [{ shift: values[low]! - base[low]!, scale: 1 }];
  const scale = (values[high]! - values[low]!) / (base[high]! - base[low]!);
  const shift = values[low]! - scale * base[low]!;
  const tolerance = 1e-5 * (Math.abs(scale) + Math.abs(shift) + 1e-30);
  const fits = base.every((x, i) => Math.abs(shift + scale * x - values[i]!) <= tolerance);
  return fits ? [{ shift, scale }] : [];
}

/** Float32 rounds the base: what was cut off may have been that far away. */
const ROUNDING = 2 ** -24;

function integerLines(base: number[], values: number[]): Line[] {
  const lines: Line[] = [];
  const low = base.indexOf(Math.min(...base));
  const high = base.indexOf(Math.max(...base));
  const gap = base[high]! - base[low]!;
  // Cutting off moves a number by less than 1; the two that lie farthest apart tell the scale best.
  const rise = values[high]! - values[low]!;
  const least = gap === 0 ? 1 : Math.max(1, Math.floor((rise - 2) / gap));
  const most = gap === 0 ? 2 : Math.ceil((rise + 2) / gap);
  for (let scale = least; scale <= most && lines.length < 2; scale++) {
    const nearest = Math.round(values[low]! - scale * base[low]!);
    for (let shift = nearest - 2; shift <= nearest + 2 && lines.length < 2; shift++) {
      const slack = scale * ROUNDING;
      const fits = base.every((x, i) => {
        const value = shift + scale * x;
        return Math.trunc(value - slack) === values[i] || Math.trunc(value + slack) === values[i];
      });
      if (fits) lines.push({ shift, scale });
    }
  }
  return lines;
}
