import { basename, resolve } from 'node:path';
import { measures, type ChangeOfMaps, type ChangeOverFloor, type MapSet } from '../floor/index.js';
import type { ChangesFrom, MapsFrom } from '../maps-from.js';
import { changeTable, floorTable } from '../tables.js';
import { changeCharts, CHANGES, FLOOR_TITLE, plotted } from './curves.js';
import type { ChartDocument, ReportDocument, RunDocument } from './document.js';
import { isConstant, mapsProbes } from './maps-probes.js';

/** Curves in the chart of classes. */
const CLASSES = 8;

/**
 * What the page shows of maps that any program wrote, and its pictures as data: URIs by their names.
 *
 * @throws Failure for an image that is there and cannot be read
 */
export async function mapsDocument(
  maps: MapsFrom,
  { convergence, floor }: ChangesFrom,
): Promise<{ document: ReportDocument; pictures: Record<string, string> }> {
  const { dir, sets } = maps;
  const { probes, pictures } = await mapsProbes(maps);
  const last = sets.at(-1)!;
  const run: RunDocument = {
    name: basename(resolve(dir)),
    state: state(sets.length, last.maps.length, probes.length),
    cards: cards(last, convergence, floor),
    charts: [...(floor ? floorCharts(floor) : []), ...changeCharts(convergence)],
    epochs: { ...table(convergence, floor), best: null },
    probes,
    settings: {},
    recipe: null,
  };
  return { document: { of: 'maps', runs: [run] }, pictures };
}

function state(epochs: number, images: number, shown: number): string {
  const several = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
  const left = shown < images ? `; shown below: the ${shown} whose maps moved most` : '';
  return `${several(epochs, 'epoch')}, maps of ${several(images, 'image')}${left}`;
}

function cards(
  { epoch, maps }: MapSet,
  convergence: ChangesFrom['convergence'],
  floor: ChangeOverFloor | null,
): RunDocument['cards'] {
  const step = convergence.at(-1);
  const over = floor?.steps.at(-1)?.overFloor.spearman;
  const constant = maps.filter(isConstant).length;
  const entries: RunDocument['cards'] = [];
  if (over != null) entries.push([`change ÷ floor, to epoch ${epoch}`, over.toFixed(2)]);
  if (step?.spearman != null)
    entries.push([`Spearman, epoch ${step.from} to ${epoch}`, step.spearman.toFixed(3)]);
  if (step?.iou != null) entries.push([`IoU of masks, epoch ${step.from} to ${epoch}`, step.iou.toFixed(3)]);
  if (constant > 0) entries.push([`constant maps in epoch ${epoch}`, String(constant)]);
  return entries;
}

const NAMES = { spearman: 'Spearman', iou: 'IoU', ssim: 'SSIM', shift: 'shift' };

function floorCharts({ steps, toLast, classes }: ChangeOverFloor): ChartDocument[] {
  const named = Object.entries(classes);
  const last = (change: ChangeOfMaps): number => change.steps.at(-1)?.overFloor.spearman ?? -1;
  const shown = named.toSorted(([, a], [, b]) => last(b) - last(a)).slice(0, CLASSES);
  const spearman = (of: ChangeOfMaps['steps'], at: 'from' | 'epoch') =>
    of.map((change) => [change[at], change.overFloor.spearman ?? NaN] as const);
  return plotted([
    {
      section: CHANGES,
      title: FLOOR_TITLE,
      range: [0, 1],
      series: measures.map((measure) => ({
        name: NAMES[measure],
        points: steps.map(({ epoch, overFloor }) => [epoch, overFloor[measure] ?? NaN]),
      })),
    },
    {
      section: CHANGES,
      title: 'Change to the last maps over noise floor (Spearman)',
      range: [0, 1],
      series: [{ name: 'change ÷ floor', points: spearman(toLast, 'from') }],
    },
    {
      section: CHANGES,
      title: 'Change over noise floor by class (Spearman)',
      range: [0, 1],
      series:
        named.length > 1 ? shown.map(([name, own]) => ({ name, points: spearman(own.steps, 'epoch') })) : [],
      ...(named.length > CLASSES && {
        note: `Of ${named.length} classes the ${CLASSES} whose maps moved most in the last step.`,
      }),
    },
  ]);
}

/** Both tables of the command line beside each other. */
function table(
  convergence: ChangesFrom['convergence'],
  floor: ChangeOverFloor | null,
): Pick<RunDocument['epochs'], 'head' | 'rows'> {
  const { head, rows } = changeTable(convergence);
  if (!floor) return { head, rows };
  const over = floorTable(floor);
  const own = 3; // Behind epochs, images and zero maps.
  return {
    head: [...head, ...over.head.slice(own).map((measure) => `${measure} ÷ floor`)],
    rows: rows.map((row, at) => [...row, ...over.rows[at]!.slice(own)]),
  };
}
