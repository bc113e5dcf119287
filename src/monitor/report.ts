import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { writeFileAtomic } from '../files.js';
import { readMetrics, type EpochLine, type MetricsLine, type StartLine } from '../log/index.js';
import { convergence, type EpochChange } from './convergence.js';
import { escapeHtml, label, lineChart as chart, page, type Series } from '../report/index.js';
import { probeViews } from './probes.js';

/**
 * Writes `report.html` into the folder of a run: summary, curves, how the maps change, snapshots with a slider over
 * the epochs, table of epochs, recipe. One file that opens without a network. Works while the run still goes on.
 *
 * @param run folder of the run; reads metrics.jsonl, recipe.yaml and saliency/, of which only the first is needed
 * @returns path of the report
 * @throws when metrics.jsonl is missing or damaged
 */
export async function report(run: string): Promise<string> {
  const lines = readMetrics(join(run, 'metrics.jsonl'));
  const epochs = lines.filter((line): line is EpochLine => line.kind === 'epoch');
  const changes = convergence(run);
  const probes = await probeViews(join(run, 'saliency'));
  const recipe = join(run, 'recipe.yaml');
  const name = basename(resolve(run));
  const body = [
    `<h1>${escapeHtml(name)}</h1>`,
    `<p class="quiet">${escapeHtml(state(lines, epochs))}</p>`,
    cards(lines, epochs),
    section('Curves', charts(lines, epochs)),
    section('How the maps change from one epoch to the next', changeCharts(changes)),
    section('What the network looks at', probes ?? '<p class="quiet">No snapshots.</p>'),
    section('Epochs', table(epochs)),
    section(
      'Recipe',
      existsSync(recipe)
        ? `<div class="card"><pre>${escapeHtml(readFileSync(recipe, 'utf8'))}</pre></div>`
        : '<p class="quiet">No recipe.yaml.</p>',
    ),
  ];
  const path = join(run, 'report.html');
  await writeFileAtomic(path, page(`${name}: camtune`, body.join('\n')));
  return path;
}

type MetricValues = Record<string, unknown>;

function section(title: string, content: string): string {
  return `<h2>${escapeHtml(title)}</h2>\n${content}`;
}

function state(lines: readonly MetricsLine[], epochs: readonly EpochLine[]): string {
  const done = `${epochs.length} epoch${epochs.length === 1 ? '' : 's'}`;
  const summary = lines.findLast((line) => line.kind === 'summary');
  if (!summary) return `${done} so far`;
  const early = summary['stoppedEarly'];
  return typeof early === 'string' ? `${done}, finished: ${early}` : `${done}, finished`;
}

/** Where the run began, where it stands, and its best epoch. */
function cards(lines: readonly MetricsLine[], epochs: readonly EpochLine[]): string {
  const best = bestEpoch(epochs);
  const last = epochs.at(-1);
  const start = lines.find((line): line is StartLine => line.kind === 'start');
  const summary = lines.findLast(({ kind }) => kind === 'summary') as MetricValues | undefined;
  const skipped = Array.isArray(summary?.['skipped']) ? summary['skipped'].length : 0;
  const percent = (share: number): string => `${label(100 * share)} %`;
  const entries: [string, string][] = [
    ...(start ? [['top-1 before training', percent(start.valTop1)] as [string, string]] : []),
    ...(last ? [[`top-1 after epoch ${last.epoch}`, percent(last.valTop1)] as [string, string]] : []),
    ...(last ? [['top-5', percent(last.valTop5)] as [string, string]] : []),
    ...(best ? [[`best top-1 (epoch ${best.epoch})`, percent(best.valTop1)] as [string, string]] : []),
    ...(last ? [['validation loss', last.valLoss.toFixed(3)] as [string, string]] : []),
    ...(skipped > 0 ? [['files that could not be read', String(skipped)] as [string, string]] : []),
  ];
  const shown = entries.map(
    ([key, value]) => `<div class="card"><b>${escapeHtml(value)}</b><span>${escapeHtml(key)}</span></div>`,
  );
  return `<div class="cards">${shown.join('')}</div>`;
}

function charts(lines: readonly MetricsLine[], epochs: readonly EpochLine[]): string {
  // The start has validation values alone: it is point 0 of their curves.
  const start = lines
    .filter(({ kind }) => kind === 'start')
    .map((line) => ({ ...line }) as StartLine & MetricValues);
  const perEpoch = (name: string, key: string): Series => ({
    name,
    points: [...start, ...epochs].map((line) => [line.epoch, number(line[key])]),
  });
  const share = [0, 1] as const;
  const drawn: [string, string | undefined][] = [
    [
      'Loss',
      chart([stepLoss(lines, epochs), perEpoch('training', 'trainLoss'), perEpoch('validation', 'valLoss')]),
    ],
    [
      'Validation accuracy',
      chart([perEpoch('top-1', 'valTop1'), perEpoch('top-5', 'valTop5')], { range: share }),
    ],
    ['Learning rate', chart([perEpoch('learning rate', 'learningRate')])],
    ['Images per second', chart([perEpoch('images/s', 'imagesPerSecond')], { range: [0, 0] })],
    ['Share of images augmented', chart([perEpoch('share', 'shareAugmented')], { range: share })],
    ['Zero maps (image left as it is)', chart([perEpoch('images', 'zeroMaps')], { range: [0, 1] })],
    ['Mean mask area', chart([perEpoch('share of the image', 'maskArea')], { range: share })],
  ];
  return grid(drawn);
}

/** The loss of the steps, on the axis of the epochs: step 150 of 100 an epoch is at 1.5. */
function stepLoss(lines: readonly MetricsLine[], epochs: readonly EpochLine[]): Series {
  const first = epochs[0];
  const perEpoch = first && first.epoch > 0 ? first.step / first.epoch : 0;
  const steps = perEpoch > 0 ? lines.filter((line) => line.kind === 'step') : [];
  return {
    name: 'steps',
    faint: true,
    points: thin(steps, 2000).map((line) => [number(line.step) / perEpoch, number(line.loss)]),
  };
}

function changeCharts(changes: readonly EpochChange[]): string {
  if (changes.length === 0) return '<p class="quiet">Needs the snapshots of two epochs.</p>';
  const series = (name: string, key: keyof EpochChange): Series => ({
    name,
    points: changes.map((change) => [change.epoch, number(change[key])]),
  });
  const constant = changes.reduce((sum, change) => sum + change.constant, 0);
  const note = constant
    ? `<p class="quiet">No correlation is defined for a constant map: ${constant} of ${changes.reduce((sum, { images }) => sum + images, 0)} pairs of maps are left out of Pearson's and Spearman's.</p>`
    : '';
  const charts = grid([
    [
      `Agreement with the snapshot before (mean of ${changes[0]!.images} images)`,
      chart([series('IoU of masks', 'iou'), series('Pearson', 'pearson'), series('Spearman', 'spearman')], {
        range: [0, 1],
      }),
    ],
    [
      'Mean absolute difference (maps in [0, 1])',
      chart([series('difference', 'meanAbsoluteDifference')], { range: [0, 0] }),
    ],
  ]);
  return charts + note;
}

function grid(entries: readonly (readonly [title: string, svg: string | undefined])[]): string {
  const shown = entries.filter(([, svg]) => svg !== undefined);
  if (shown.length === 0) return '<p class="quiet">Nothing yet.</p>';
  const cells = shown.map(([title, svg]) => `<div class="card"><h3>${escapeHtml(title)}</h3>${svg}</div>`);
  return `<div class="charts">${cells.join('\n')}</div>`;
}

function table(epochs: readonly EpochLine[]): string {
  if (epochs.length === 0) return '<p class="quiet">None yet.</p>';
  const keys = [...new Set(epochs.flatMap((line) => Object.keys(line)))].filter((key) => key !== 'kind');
  const best = bestEpoch(epochs);
  const head = keys.map((key) => `<th>${escapeHtml(words(key))}</th>`).join('');
  const rows = epochs.map(
    (line) =>
      `<tr${line === best ? ' class="best"' : ''}>` +
      `${keys.map((key) => `<td>${escapeHtml(text(line[key]))}</td>`).join('')}</tr>`,
  );
  return `<div class="card scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function bestEpoch(epochs: readonly EpochLine[]): EpochLine | undefined {
  return epochs.reduce<EpochLine | undefined>(
    (best, line) => (number(line.valTop1) > (best ? best.valTop1 : -Infinity) ? line : best),
    undefined,
  );
}

/** At most `limit` of the items, evenly spaced. */
function thin<Item>(items: readonly Item[], limit: number): Item[] {
  const every = Math.ceil(items.length / limit);
  return items.filter((_, at) => at % every === 0);
}

/** NaN for what is no number (JSON has null for NaN): charts leave it out. */
function number(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}

function text(value: unknown): string {
  if (typeof value === 'number') return label(value);
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '–' : JSON.stringify(value);
}

/** imagesPerSecond → images per second */
function words(key: string): string {
  return key.includes(' ')
    ? key
    : key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/top(\d)/, 'top-$1');
}
