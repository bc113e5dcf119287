import { label, ticks } from './axis.js';
import { escapeHtml } from './html.js';

/** One line of a chart. */
export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
  /** Fine points in a pale color without markers: the steps behind the epochs. */
  faint?: boolean;
}

export interface LineChartOptions {
  title?: string;
  /** What x is. Default: epoch. */
  xName?: string;
  /** What y is; default: nothing is said. */
  yName?: string;
  /** Fixed range of x; without one x are whole numbers as far as the points reach. */
  xRange?: readonly [low: number, high: number];
  /** Fixed range of y; what is outside it widens it. */
  range?: readonly [low: number, high: number];
  /** Whether each point has a dot with its value as a tooltip. Default true. */
  markers?: boolean;
}

const WIDTH = 420;
const HEIGHT = 220;
const FRAME = { left: 54, right: 14, top: 12, bottom: 30 };
const LEGEND = { line: 16, key: 18, gap: 14, letter: 6.2 };
const COLORS = ['#2563a8', '#d1690e', '#2f855a', '#8b4aa8', '#b83232', '#0e7c86', '#7a5c00', '#555555'];
const FAINT = '#b8c4d2';

/**
 * A line chart as an SVG element, which stands in a page or (svgFile) as a file of its own: axes with round ticks, a legend for two series
 * or more, each value in a tooltip. Colors repeat, dashed, after eight series.
 *
 * @param series points by rising x; those that are not finite are left out
 * @returns undefined where no series has a point
 */
export function lineChart(series: readonly Series[], options: LineChartOptions = {}): string | undefined {
  const { title, xName = 'epoch', yName, xRange, range = [], markers = true } = options;
  const drawn = withColors(series);
  const points = drawn.flatMap((line) => line.points);
  if (points.length === 0) return undefined;

  const xs = [...points.map(([x]) => x), ...(xRange ?? [])];
  const ys = [...points.map(([, y]) => y), ...range];
  const [least, most] = [Math.min(...xs), Math.max(...xs)];
  const xTicks = ticks(least, most, 6, xRange === undefined);
  const yTicks = ticks(Math.min(...ys), Math.max(...ys), 5, false);
  const legend = drawn.length < 2 ? [] : legendLines(drawn);
  const head = FRAME.top + (title ? 20 : 0) + legend.length * LEGEND.line + (yName ? 16 : 0);
  const height = head + HEIGHT - FRAME.top;
  const bottom = height - FRAME.bottom;
  const x = scale(least, most, FRAME.left, WIDTH - FRAME.right);
  const y = scale(yTicks[0]!, yTicks.at(-1)!, bottom, head);

  const parts = [
    ...yTicks.map(
      (tick) =>
        `<path class="grid" stroke="#e9edf1" d="M${FRAME.left} ${y(tick)}H${WIDTH - FRAME.right}"/>` +
        `<text x="${FRAME.left - 6}" y="${y(tick)}" dy=".32em" text-anchor="end">${label(tick)}</text>`,
    ),
    ...xTicks
      .filter((tick) => tick >= least && tick <= most)
      .map((tick) => `<text x="${x(tick)}" y="${bottom + 15}" text-anchor="middle">${label(tick)}</text>`),
    `<text x="${WIDTH - FRAME.right}" y="${height - 2}" text-anchor="end">${escapeHtml(xName)}</text>`,
    ...(yName ? [`<text x="${FRAME.left}" y="${head - 8}">${escapeHtml(yName)}</text>`] : []),
    ...(title ? [`<text x="4" y="16" font-weight="bold">${escapeHtml(title)}</text>`] : []),
    ...legend.map((keys, line) => legendLine(keys, (title ? 20 : 0) + 12 + line * LEGEND.line)),
    ...drawn.map((line) => curve(line, { x, y, xName, markers })),
  ];
  return (
    `<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
    `font-family="system-ui, sans-serif" font-size="11" fill="#66727f" role="img">` +
    `<rect width="100%" height="100%" fill="white"/>${parts.join('')}</svg>`
  );
}

type Colored = Series & { color: string; dashes: string };

/** The series that have points, without those that are not finite. */
function withColors(series: readonly Series[]): Colored[] {
  let next = 0;
  return series.flatMap((line) => {
    const points = line.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
    if (points.length === 0) return [];
    if (line.faint) return [{ ...line, points, color: FAINT, dashes: '' }];
    const index = next++;
    const dashes = index < COLORS.length ? '' : ' stroke-dasharray="5 3"';
    return [{ ...line, points, color: COLORS[index % COLORS.length]!, dashes }];
  });
}

interface Drawing {
  x: (value: number) => string;
  y: (value: number) => string;
  xName: string;
  markers: boolean;
}

function curve({ name, points, faint, color, dashes }: Colored, { x, y, xName, markers }: Drawing): string {
  const track = points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ');
  const line = `<polyline points="${track}" fill="none" stroke="${color}" stroke-width="${faint ? 1 : 2}" stroke-linejoin="round"${dashes}/>`;
  if (faint || !markers) return line;
  const dots = points.map(
    ([at, value]) =>
      `<circle cx="${x(at)}" cy="${y(value)}" r="${points.length > 40 ? 1.5 : 3}" fill="${color}">` +
      `<title>${escapeHtml(`${name}, ${xName} ${label(at)}: ${label(value)}`)}</title></circle>`,
  );
  return line + dots.join('');
}

type Key = Colored & { left: number };

/** The names, as many in a line as are likely to fit: how wide text is, only the browser knows. */
function legendLines(series: readonly Colored[]): Key[][] {
  const lines: Key[][] = [[]];
  let left = 4;
  for (const line of series) {
    const width = LEGEND.key + LEGEND.letter * [...line.name].length + LEGEND.gap;
    if (left > 4 && left + width > WIDTH) {
      lines.push([]);
      left = 4;
    }
    lines.at(-1)!.push({ ...line, left });
    left += width;
  }
  return lines;
}

function legendLine(keys: readonly Key[], middle: number): string {
  return keys
    .map(
      ({ name, color, dashes, left }) =>
        `<path d="M${left} ${middle}h12" stroke="${color}" stroke-width="3"${dashes}/>` +
        `<text x="${left + LEGEND.key}" y="${middle}" dy=".32em">${escapeHtml(name)}</text>`,
    )
    .join('');
}

function scale(low: number, high: number, from: number, to: number): (value: number) => string {
  const range = high - low;
  return (value) => (range > 0 ? from + ((value - low) / range) * (to - from) : (from + to) / 2).toFixed(1);
}
