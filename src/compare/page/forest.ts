import { escapeHtml, label, ticks } from '../../report/index.js';
import type { Difference } from '../index.js';
import { signed } from './cells.js';

const WIDTH = 400;
const ROW = 26;
const FRAME = { left: 118, right: 16, top: 14, bottom: 34 };
const MEAN = '#2563a8';
const SEED = '#9aa7b4';

/**
 * A forest plot as an SVG element: a row an arm, the mean difference to the control as a square on its 95 % interval, each
 * seed as a small ring, in percentage points.
 *
 * @param rows differences of shares, in [−1, 1]
 * @returns undefined where there is no row
 */
export function forestPlot(
  rows: readonly { name: string; difference: Difference | null }[],
  control: string,
): string | undefined {
  const drawn = rows.flatMap(({ name, difference }) => (difference ? [{ name, difference }] : []));
  if (drawn.length === 0) return undefined;
  const shown = drawn.flatMap(({ difference: { mean, low, high, bySeed } }) =>
    [mean, low, high, ...bySeed].filter((value) => value !== null).map((value) => 100 * value),
  );
  const marks = ticks(Math.min(0, ...shown), Math.max(0, ...shown), 6, false);
  const [from, to] = [marks[0]!, marks.at(-1)!];
  const height = FRAME.top + drawn.length * ROW + FRAME.bottom;
  const x = (points: number): string =>
    (FRAME.left + ((points - from) / (to - from)) * (WIDTH - FRAME.left - FRAME.right)).toFixed(1);
  const bottom = height - FRAME.bottom;
  const grid = marks.map(
    (mark) =>
      `<line x1="${x(mark)}" x2="${x(mark)}" y1="${FRAME.top - 6}" y2="${bottom}" stroke="${mark === 0 ? '#66727f' : '#e9edf1'}"/>` +
      `<text x="${x(mark)}" y="${bottom + 14}" text-anchor="middle">${mark > 0 ? '+' : ''}${label(mark).replace('-', '−')}</text>`,
  );
  const lines = drawn.map(({ name, difference }, index) => {
    const { mean, low, high, bySeed } = difference;
    const y = FRAME.top + (index + 0.5) * ROW;
    const interval =
      low === null || high === null
        ? ''
        : `<line x1="${x(100 * low)}" x2="${x(100 * high)}" y1="${y}" y2="${y}" stroke="${MEAN}" stroke-width="2"/>`;
    const rings = bySeed.map((value) =>
      value === null ? '' : `<circle cx="${x(100 * value)}" cy="${y}" r="3" fill="none" stroke="${SEED}"/>`,
    );
    const square =
      `<rect x="${(Number(x(100 * mean)) - 4).toFixed(1)}" y="${y - 4}" width="8" height="8" fill="${MEAN}">` +
      `<title>${escapeHtml(`${name}: ${signed(mean, 'share')} points`)}</title></rect>`;
    return `<text x="${FRAME.left - 10}" y="${y}" dy=".34em" text-anchor="end">${escapeHtml(name)}</text>${interval}${rings.join('')}${square}`;
  });
  const axis = `<text x="${WIDTH - FRAME.right}" y="${height - 4}" text-anchor="end">percentage points minus ${escapeHtml(control)}</text>`;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img">${grid.join('')}${lines.join('')}${axis}</svg>`;
}
