import { textSvg } from './text.js';
import { invalid } from '../errors.js';

/** A curve: finite values over x. */
export interface Line {
  name: string;
  x: readonly number[];
  y: readonly number[];
}

const width = 420;
const height = 320;
const frame = { left: 52, right: 16, top: 40, bottom: 44 };
const colors = ['#2563a8', '#d1690e', '#2f855a', '#8b4aa8', '#b83232', '#0e7c86', '#7a5c00', '#555555'];

/**
 * Curves of shares over shares as an SVG file that needs no font: both axes from 0 to 1, names beside the frame.
 *
 * @param lines x and y in [0, 1], of one length; colors repeat, dashed, after eight of them
 * @throws InvalidInput where a line has no point or a value is outside
 */
export function lineChart(title: string, axes: { x: string; y: string }, lines: readonly Line[]): string {
  const x = (share: number) => frame.left + share * (width - frame.left - frame.right);
  const y = (share: number) => height - frame.bottom - share * (height - frame.top - frame.bottom);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((tick) => {
    const line = (x1: number, y1: number, x2: number, y2: number) =>
      `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#e3e7eb"/>`;
    return (
      line(x(0), y(tick), x(1), y(tick)) +
      line(x(tick), y(0), x(tick), y(1)) +
      textSvg(String(tick), { x: x(0) - 7, y: y(tick) + 4, anchor: 'end' }, 12, '#66727f') +
      textSvg(String(tick), { x: x(tick), y: y(0) + 16, anchor: 'middle' }, 12, '#66727f')
    );
  });
  const curves = lines.map((line, index) => {
    const points = pointsOf(line).map(([across, up]) => `${x(across).toFixed(1)},${y(up).toFixed(1)}`);
    const color = colors[index % colors.length]!;
    const dashes = index < colors.length ? '' : ' stroke-dasharray="5 3"';
    const at = frame.top + 6 + 18 * index;
    const stroke = `fill="none" stroke="${color}" stroke-width="2"${dashes}`;
    return (
      `<polyline points="${points.join(' ')}" ${stroke}/>` +
      `<path d="M${width + 2} ${at}h18" ${stroke}/>` +
      textSvg(line.name, { x: width + 26, y: at + 4 }, 13)
    );
  });
  const text = [
    textSvg(title, { x: frame.left, y: 22 }, 15),
    textSvg(axes.x, { x: x(0.5), y: height - 8, anchor: 'middle' }, 12, '#66727f'),
    textSvg(axes.y, { x: frame.left, y: frame.top - 7 }, 12, '#66727f'),
  ];
  const [across, down] = [width + 190, Math.max(height, frame.top + 18 * lines.length + 10)];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${across} ${down}" width="${across}" height="${down}">` +
    `<rect width="100%" height="100%" fill="white"/>${[...grid, ...curves, ...text].join('')}</svg>\n`
  );
}

function pointsOf({ name, x, y }: Line): [number, number][] {
  const points = y.map((value, index): [number, number] => [x[index] ?? NaN, value]);
  const inside = points.every((point) => point.every((value) => value >= 0 && value <= 1));
  if (points.length === 0 || !inside)
    throw invalid(`curve ${name}`, 'points with both values from 0 to 1', points);
  return points;
}
