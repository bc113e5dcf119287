import { escapeHtml } from './html.js';

/** One line of a chart. */
export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
  /** Fine points in a pale color without markers: the steps behind the epochs. */
  faint?: boolean;
}

const WIDTH = 420;
const HEIGHT = 220;
const FRAME = { left: 54, right: 14, top: 12, bottom: 30 };
const COLORS = ['#2563a8', '#d1690e', '#2f855a', '#8b4aa8'];

/**
 * A line chart as an SVG element: axes with round ticks, a legend for two series or more, each value in a tooltip.
 *
 * @param series points by rising x; those that are not finite are left out
 * @param options.range fixed range of y; what is outside it widens it
 * @returns undefined where no series has a point
 */
export function chart(
  series: readonly Series[],
  { xName = 'epoch', range }: { xName?: string; range?: readonly [low: number, high: number] } = {},
): string | undefined {
  const drawn = series
    .map((line) => ({
      ...line,
      points: line.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)),
    }))
    .filter(({ points }) => points.length > 0);
  const points = drawn.flatMap((line) => line.points);
  if (points.length === 0) return undefined;

  const xTicks = ticks(Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x)), 6, true);
  const ys = [...points.map(([, y]) => y), ...(range ?? [])];
  const yTicks = ticks(Math.min(...ys), Math.max(...ys), 5, false);
  const x = scale(
    Math.min(...points.map(([at]) => at)),
    Math.max(...points.map(([at]) => at)),
    FRAME.left,
    WIDTH - FRAME.right,
  );
  const y = scale(yTicks[0]!, yTicks.at(-1)!, HEIGHT - FRAME.bottom, FRAME.top);

  const grid = yTicks.map(
    (tick) =>
      `<line class="grid" x1="${FRAME.left}" x2="${WIDTH - FRAME.right}" y1="${y(tick)}" y2="${y(tick)}"/>` +
      `<text x="${FRAME.left - 6}" y="${y(tick)}" dy=".32em" text-anchor="end">${label(tick)}</text>`,
  );
  const axis = xTicks.map(
    (tick) =>
      `<text x="${x(tick)}" y="${HEIGHT - FRAME.bottom + 15}" text-anchor="middle">${label(tick)}</text>`,
  );
  axis.push(
    `<text x="${WIDTH - FRAME.right}" y="${HEIGHT - 2}" text-anchor="end">${escapeHtml(xName)}</text>`,
  );
  let next = 0;
  const colored = drawn.map((line) => ({
    ...line,
    color: line.faint ? '#b8c4d2' : COLORS[next++ % COLORS.length]!,
  }));
  const lines = colored.map(({ name, points: path, faint, color }) => {
    const track = path.map(([at, value]) => `${x(at)},${y(value)}`).join(' ');
    const polyline = `<polyline points="${track}" stroke="${color}" stroke-width="${faint ? 1 : 2}"/>`;
    if (faint) return polyline;
    const dots = path.map(
      ([at, value]) =>
        `<circle cx="${x(at)}" cy="${y(value)}" r="${path.length > 40 ? 1.5 : 3}" fill="${color}">` +
        `<title>${escapeHtml(`${name}, ${xName} ${label(at)}: ${label(value)}`)}</title></circle>`,
    );
    return polyline + dots.join('');
  });
  const legend =
    colored.length < 2
      ? ''
      : `<p class="legend">${colored
          .map(({ name, color }) => `<span><i style="background:${color}"></i>${escapeHtml(name)}</span>`)
          .join('')}</p>`;
  return `${legend}<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">${grid.join('')}${axis.join('')}${lines.join('')}</svg>`;
}

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

function scale(low: number, high: number, from: number, to: number): (value: number) => string {
  const range = high - low;
  return (value) => (range > 0 ? from + ((value - low) / range) * (to - from) : (from + to) / 2).toFixed(1);
}
