import { csvLines } from '../../text/csv.js';
import type { Estimate } from '../../metrics/index.js';

/** A line of a table of results. */
export interface ResultRow {
  /** Name of the method, then what its figures belong to: way of randomizing, layer. */
  labels: string[];
  figures: Record<string, Estimate | null>;
}

/** Figures of a method, directly or grouped at any depth. */
type Grouped = { [name: string]: Estimate | null | Grouped };

/** A report's methods as lines, one for each method, or for each group of its figures. */
export function resultRows(methods: object): ResultRow[] {
  return Object.entries(methods as Record<string, Grouped>).flatMap(([method, figures]) =>
    below([method], figures),
  );
}

function below(labels: string[], figures: Grouped): ResultRow[] {
  const isGroup = Object.values(figures).some((value) => value !== null && !isEstimate(value));
  return isGroup
    ? Object.entries(figures).flatMap(([name, group]) => below([...labels, name], group as Grouped))
    : [{ labels, figures: figures as Record<string, Estimate | null> }];
}

function isEstimate(value: object): value is Estimate {
  return 'mean' in value && typeof value.mean === 'number';
}

/**
 * Cells for people: labels, then each figure as mean [low, high]; – where it is not defined, n where not for all. An
 * arrow behind a figure's name says which way is better.
 */
export function tableCells(rows: readonly ResultRow[], metric: string): string[][] {
  const depth = Math.max(1, ...rows.map(({ labels }) => labels.length));
  const names = figureNames(rows);
  return [
    [
      'method',
      ...Array.from({ length: depth - 1 }, () => ''),
      ...names.map((name) => withArrow(name, metric)),
    ],
    ...rows.map(({ labels, figures }) => [
      ...Array.from({ length: depth }, (_, index) => labels[index] ?? ''),
      ...names.map((name) => estimateCell(figures[name] ?? null)),
    ]),
  ];
}

/** A CSV file: labels, then mean, low and high of each figure with all their digits; empty where not defined. */
export function csv(rows: readonly ResultRow[]): string {
  const depth = Math.max(1, ...rows.map(({ labels }) => labels.length));
  const names = figureNames(rows);
  const head = [
    ...Array.from({ length: depth }, (_, index) => (index === 0 ? 'method' : `group${index}`)),
    ...names.flatMap((name) => [name, `${name}Low`, `${name}High`]),
  ];
  const lines = rows.map(({ labels, figures }) => [
    ...Array.from({ length: depth }, (_, index) => labels[index] ?? ''),
    ...names.flatMap((name) => {
      const estimate = figures[name];
      return estimate ? [estimate.mean, estimate.low, estimate.high].map(String) : ['', '', ''];
    }),
  ]);
  return csvLines([head, ...lines]);
}

/** Which way the figures of most metrics are better; one that is neither has no arrow. */
const better: Readonly<Record<string, '↑' | '↓'>> = {
  ...{ insertion: '↑', deletion: '↓', overall: '↑' },
  ...{ mostRelevantFirst: '↓', leastRelevantFirst: '↑', difference: '↑' },
  ...{ top1: '↑', top5: '↑', loss: '↓' },
  ...{ drop: '↓', increase: '↑', maxSensitivity: '↓', milliseconds: '↓' },
};

/** Of these metrics every figure is better the same way. */
const allBetter: Readonly<Record<string, '↑' | '↓'>> = { 'pointing-game': '↑', sanity: '↓' };

function withArrow(name: string, metric: string): string {
  const arrow = allBetter[metric] ?? better[name];
  return arrow ? `${name} ${arrow}` : name;
}

function figureNames(rows: readonly ResultRow[]): string[] {
  return [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
}

function estimateCell(estimate: Estimate | null): string {
  if (!estimate) return '–';
  const digits = Math.abs(estimate.mean) >= 10 ? 1 : 3;
  const [mean, low, high] = [estimate.mean, estimate.low, estimate.high].map((value) =>
    value.toFixed(digits),
  );
  return `${mean} [${low}, ${high}]${estimate.n === undefined ? '' : ` (n = ${estimate.n})`}`;
}
