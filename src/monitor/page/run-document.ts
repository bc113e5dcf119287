import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { isObject } from '../../text/is-object.js';
import { hasFile } from '../../files/read-file.js';
import { readMetrics, type EpochLine, type MetricsLine, type StartLine } from '../../log/index.js';
import { label } from '../../report/index.js';
import { imageChanges, meanChanges, type ChangeCache } from '../convergence.js';
import { curves } from './curves.js';
import type { ReportDocument, RunDocument } from './document.js';
import { pictures, type Pictures } from './pictures.js';
import { probes } from './probes.js';
import { text, words } from './values.js';

/** What was read and computed before: keep one while a run goes on, and only what is new costs time. */
export interface ReportCache {
  changes: ChangeCache;
  pictures: Pictures;
}

/** An empty cache. */
export function reportCache(): ReportCache {
  return { changes: new Map(), pictures: pictures() };
}

/**
 * What the page of several runs shows. Runs of the same name get the name of the folder above before it.
 *
 * @param runs their folders
 * @throws as runDocument
 */
export async function reportDocument(runs: readonly string[], cache: ReportCache): Promise<ReportDocument> {
  const names = namesOf(runs);
  const documents: RunDocument[] = [];
  for (const [at, run] of runs.entries()) documents.push(await runDocument(run, names[at]!, cache));
  return { of: 'runs', runs: documents };
}

/**
 * What the page shows of a run, which may go on, or just begin.
 *
 * @param run its folder; reads metrics.jsonl, recipe.yaml and saliency/, of which one of the first two is needed
 * @throws when neither metrics.jsonl nor recipe.yaml is there, or a file is damaged
 */
async function runDocument(
  run: string,
  name: string,
  { changes: cache, pictures }: ReportCache,
): Promise<RunDocument> {
  const [metrics, recipePath] = [join(run, 'metrics.jsonl'), join(run, 'recipe.yaml')];
  const recipe = hasFile(recipePath) ? readFileSync(recipePath, 'utf8') : null;
  const lines = recipe !== null && !hasFile(metrics) ? [] : readMetrics(metrics);
  const epochs = lines.filter((line): line is EpochLine => line.kind === 'epoch');
  const changes = imageChanges(run, cache);
  return {
    name,
    state: state(lines, epochs),
    cards: cards(lines, epochs),
    charts: curves(lines, meanChanges(changes)),
    epochs: table(epochs),
    probes: await probes(join(run, 'saliency'), changes, pictures),
    settings: recipe === null ? {} : settings(recipe),
    recipe,
  };
}

function namesOf(runs: readonly string[]): string[] {
  const paths = runs.map((run) => resolve(run).split(/[\\/]/));
  const named = (parts: number): string[] => paths.map((path) => path.slice(-parts).join('/'));
  const longest = Math.max(...paths.map(({ length }) => length));
  const distinct = new Set(named(longest)).size;
  for (let parts = 1; parts < longest; parts++)
    if (new Set(named(parts)).size === distinct) return named(parts);
  return runs.map((run) => basename(resolve(run)));
}

function state(lines: readonly MetricsLine[], epochs: readonly EpochLine[]): string {
  const done = `${epochs.length} epoch${epochs.length === 1 ? '' : 's'}`;
  const summary = lines.findLast((line) => line.kind === 'summary');
  if (!summary) return `${done} so far`;
  const early = summary['stoppedEarly'];
  return typeof early === 'string' ? `${done}, finished: ${early}` : `${done}, finished`;
}

/** Where the run began, where it stood at its newest validation, and its best epoch. */
function cards(lines: readonly MetricsLine[], epochs: readonly EpochLine[]): RunDocument['cards'] {
  const best = bestEpoch(epochs);
  const last = epochs.findLast(isValidated);
  const start = lines.find((line): line is StartLine => line.kind === 'start');
  const summary = lines.findLast(({ kind }) => kind === 'summary') as Record<string, unknown> | undefined;
  const skipped = Array.isArray(summary?.['skipped']) ? summary['skipped'].length : 0;
  const percent = (share: number): string => `${label(100 * share)} %`;
  const entries: RunDocument['cards'] = [];
  if (start) entries.push(['top-1 before training', percent(start.valTop1)]);
  if (last) entries.push([`top-1 after epoch ${last.epoch}`, percent(last.valTop1)]);
  if (last) entries.push(['top-5', percent(last.valTop5)]);
  if (best) entries.push([`best top-1 (epoch ${best.epoch})`, percent(best.valTop1)]);
  // JSON has null for a loss that is not finite.
  if (last) entries.push(['validation loss', text(last.valLoss)]);
  if (skipped > 0) entries.push(['files that could not be read', String(skipped)]);
  return entries;
}

function table(epochs: readonly EpochLine[]): RunDocument['epochs'] {
  const keys = [...new Set(epochs.flatMap((line) => Object.keys(line)))].filter((key) => key !== 'kind');
  const best = bestEpoch(epochs);
  return {
    head: keys.map(words),
    rows: epochs.map((line) => keys.map((key) => text(line[key]))),
    best: best ? epochs.indexOf(best) : null,
  };
}

type ValidatedLine = EpochLine & { valTop1: number; valTop5: number };

function isValidated(line: EpochLine): line is ValidatedLine {
  return typeof line.valTop1 === 'number';
}

function bestEpoch(epochs: readonly EpochLine[]): ValidatedLine | undefined {
  return epochs
    .filter(isValidated)
    .reduce<ValidatedLine | undefined>(
      (best, line) => (line.valTop1 > (best ? best.valTop1 : -Infinity) ? line : best),
      undefined,
    );
}

/** Each key of a recipe with its value. A recipe that is no YAML is shown, and has none. */
function settings(recipe: string): Record<string, string> {
  try {
    return Object.fromEntries(leaves(parse(recipe), []));
  } catch {
    return {};
  }
}

function leaves(value: unknown, path: string[]): [string, string][] {
  if (!isObject(value)) return path.length > 0 ? [[path.join('.'), JSON.stringify(value)]] : [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}
