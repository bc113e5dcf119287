import { mean, studentQuantile } from '../../src/metrics/index.js';
import { oracle, outcome, patience, saliency, share, type Outcome, type Rule } from './replay.js';
import type { RegretRun } from './types.js';

const rules: Readonly<Record<string, Rule>> = {
  oracle,
  'valLoss, patience 3': patience(3),
  'valLoss, patience 5': patience(5),
  'saliency 1.1 × 3': saliency(1.1, 3),
};

/** Other settings of the rule by saliency, beside rules that look at nothing. */
const others: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    [1.1, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1].flatMap((within) =>
      [3, 5].map((wanted) => [`saliency ${within} × ${wanted}`, saliency(within, wanted)]),
    ),
  ),
  ...Object.fromEntries(
    [0.25, 0.375, 0.5, 0.625, 0.75, 0.875].map((of) => [`${100 * of} % of the epochs`, share(of)]),
  ),
};

const head =
  '| runs | rule | ends after epoch | epochs saved, % | accuracy given up, points | with the last weights |';

/** Everything as tables in Markdown. Intervals: Student's, 95 %, over runs. */
export function regretTables(runs: readonly RegretRun[]): string[] {
  const whole = runs.filter(({ epochs }) => epochs.length > 0);
  const groups = [...new Set(whole.map(({ data, scenario }) => `${data}, ${scenario}`))].sort();
  const of = (group: string) => whole.filter(({ data, scenario }) => `${data}, ${scenario}` === group);
  const sets = [...new Set(whole.map(({ data }) => data))].sort();
  const constant = (set: string) =>
    whole.filter(({ data, scenario }) => data === set && scenario !== 'cosine');
  const failed = runs.flatMap(({ data, scenario, seed, failed }) =>
    failed ? [`${data}, ${scenario}, seed ${seed}: ${failed}`] : [],
  );
  return [
    `${whole.length} runs`,
    ...failed,
    '',
    head,
    line(6),
    ...groups.flatMap((group) => rows(group, of(group), rules)),
    ...sets.flatMap((set) => rows(`${set}, all at a constant rate`, constant(set), rules)),
    '',
    'Every setting, over the runs at a constant rate:',
    '',
    head,
    line(6),
    ...sets.flatMap((set) => rows(`${set}, constant rate`, constant(set), others)),
    '',
    'Change ÷ floor, means over seeds:',
    '',
    '| runs | first epoch | a quarter | half | last | zero maps | cost, % of the time |',
    line(7),
    ...groups.map((group) => changeRow(group, of(group))),
  ];
}

function line(columns: number): string {
  return `|${' --- |'.repeat(columns)}`;
}

function rows(name: string, runs: readonly RegretRun[], by: Readonly<Record<string, Rule>>): string[] {
  return Object.entries(by).map(([rule, ends], at) => {
    const outcomes = runs.map((run) => outcome(run, ends));
    const cell = (key: keyof Outcome, factor = 1): string =>
      interval(outcomes.map((one) => factor * one[key]));
    const cells = [at === 0 ? `${name} (${runs.length})` : '', rule, cell('epochs'), cell('saved', 100), cell('givenUp'), cell('givenUpLast')]; // prettier-ignore
    return `| ${cells.join(' | ')} |`;
  });
}

/** 12.3 ± 4.5 */
function interval(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const middle = mean(values);
  if (values.length < 2) return middle.toFixed(1);
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
  const half = studentQuantile(0.95, values.length - 1) * Math.sqrt(variance / values.length);
  return `${middle.toFixed(1)} ± ${half.toFixed(1)}`;
}

function changeRow(name: string, runs: readonly RegretRun[]): string {
  const at = (of: (length: number) => number): string => {
    const values = runs.map(({ epochs }) => epochs[of(epochs.length)]?.changeOverFloor ?? NaN);
    return mean(values.filter((value) => Number.isFinite(value))).toFixed(2);
  };
  const zero = runs.reduce(
    (sum, { epochs }) => sum + epochs.reduce((all, { mapZero }) => all + mapZero, 0),
    0,
  );
  const costs = runs.flatMap(({ epochs }) => epochs.map(({ mapCost }) => mapCost));
  const cells = [
    name,
    at(() => 0),
    at((length) => Math.floor(length / 4)),
    at((length) => Math.floor(length / 2)),
    at((length) => length - 1),
    String(zero),
    (100 * mean(costs)).toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}
