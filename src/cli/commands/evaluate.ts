import { join } from 'node:path';
import type { Request, Watch } from '../../evaluate/folder/index.js';
import { shareFromLauncher } from '../../launched.js';
import { stopStatus, watchStop } from '../../process/stop.js';
import { command } from '../command.js';
import {
  integer,
  json,
  networkWeights,
  path,
  processesOption,
  repeated,
  targetLayer,
  value,
} from '../options.js';
import { columns, fitted, print, printJson, tell } from '../print.js';
import { weightsOf } from '../../files/run-folder.js';
import type { Progress } from '../progress.js';

interface EvaluateFlags extends Omit<Request, 'methods' | 'settings'> {
  metric: string;
  weights: string;
  method: string;
  set?: string[];
  layer?: string;
  out?: string;
  processes?: number;
  json?: boolean;
}

/** The metrics; written out here, so that help and completion need no TensorFlow. */
export const metricNames = [
  'insertion-deletion',
  'pointing-game',
  'sanity',
  'road',
  'confidence-drop',
  'max-sensitivity',
  'running-time',
  'agreement',
  'accuracy',
  'ablations',
  'all',
];

/** `camtune evaluate`. */
export const evaluateCommand = command<EvaluateFlags>({
  usage: 'evaluate <metric>',
  describe: 'measure how often a network is right, or its saliency methods beside random and centered maps',
  positionals: { metric: { describe: 'what is measured', choices: metricNames } },
  options: {
    weights: networkWeights,
    data: path('folder of images, COCO folder with instances.json, or table of labels (.csv)', {
      demandOption: true,
    }),
    method: value('methods, with commas between; METHOD:LABEL for one more of them', {
      default: 'group-cam,grad-cam,lafam',
    }),
    set: repeated('METHOD.OPTION=VALUE: an option of a method'),
    layer: targetLayer,
    limit: integer('limit', 1, 'use N images at most, evenly spread'),
    target: value('which class is explained', {
      choices: ['predicted', 'label'],
      defaultDescription: 'predicted; pointing-game: each category',
    }),
    fill: value('insertion-deletion: what stands for a removed pixel', {
      choices: ['blur', 'zeros', 'mean'],
      default: 'blur',
    }),
    step: integer('step', 1, 'insertion-deletion: pixels a step', { defaultDescription: 'eight rows' }),
    tolerance: integer(
      'tolerance',
      0,
      'pointing-game: distance to a box, in pixels, from which on it is a miss',
      {
        default: 15,
      },
    ),
    stops: integer('stops', 1, 'sanity: layers at which maps are compared', { default: 8 }),
    bins: integer('bins', 1, 'accuracy: bins of the calibration error', { default: 15 }),
    reference: value('also say what the others differ by from this method, image by image'),
    batch: integer('batch', 1, 'images at once', { default: 8 }),
    seed: integer('seed', 0, 'of everything random', { default: 0 }),
    out: path('folder where results are kept, and found again', {
      defaultDescription: 'one in runs/evaluate',
    }),
    processes: processesOption,
    json,
  },
  epilogue: 'The same command goes on where it was stopped, with any number of processes.',
  async run(flags) {
    const { metric, weights, method, set = [], layer, out, json: asJson, processes, ...rest } = flags;
    const share = await shareFromLauncher(process.env);
    const isShared = !share && processes !== undefined && processes > 1;
    if (isShared && !(await measuredTogether(metric, processes, rest))) return;
    const { openClassifier } = await import('../../models/index.js');
    const {
      defaultFolder,
      evaluateAll,
      measureShare,
      methodSettings,
      metrics,
      partWatch,
      resultRows,
      tableCells,
      writeResult,
    } = await import('../../evaluate/folder/index.js');
    const { controls } = await import('../../evaluate/index.js');
    const always = controls(0).map(({ name }) => name);
    const names = method.split(',').map((name) => name.trim());
    const request: Request = {
      ...rest,
      methods: [...new Set(names)].filter((name) => !always.includes(name)),
      settings: methodSettings(set),
      ...(share && { share }),
    };
    const watch = share ? { ...partWatch, end: () => undefined } : await progressWatch(isShared);
    const classifier = await openClassifier(weightsOf(weights, tell), { layer, onNote: tell });
    // Every batch is kept as soon as it is measured: nothing is left to save.
    const stop = watchStop((signal) => {
      watch.end();
      tell('stopped; the same command goes on');
      process.exit(stopStatus(signal));
    });
    try {
      const folder = out ?? defaultFolder(metric, classifier, request);
      if (share) return await measureShare(metric, classifier, request, folder, watch);
      if (metric === 'all') {
        const { page, reports } = await evaluateAll(classifier, request, folder, watch);
        watch.end();
        if (asJson) printJson({ page, reports });
        else print(page);
        return;
      }
      const result = await metrics[metric]!.run(classifier, request, folder, watch);
      await writeResult(folder, result);
      watch.end();
      tell(`kept in ${folder}`);
      if (asJson) return printJson(result.report);
      print(`${metric}, ${result.report.images} images; mean [95 % interval]`);
      printTable(tableCells(resultRows(result.report.methods), metric), folder);
      result.lines?.forEach(print);
      const { differences } = result.report;
      if (!differences) return;
      print('');
      print(`minus ${differences.reference}, on the same images; mean [95 % interval]`);
      printTable(tableCells(resultRows(differences.methods), metric), folder);
    } finally {
      stop.end();
      watch.end();
      classifier.dispose();
    }
  },
});

/** Rows as wide as the terminal; elsewhere they are whole. */
function printTable(rows: string[][], folder: string): void {
  const lines = columns(rows);
  const shown = fitted(lines, process.stdout);
  shown.forEach(print);
  if (shown.some((line, index) => line !== lines[index])) {
    tell(`the rows are wider than the terminal: all figures are in ${join(folder, 'results.csv')}`);
  }
}

/**
 * Lets several processes measure; this one then finds all of it done.
 *
 * @returns false where it was stopped
 */
async function measuredTogether(
  metric: string,
  processes: number,
  { data, limit }: Pick<Request, 'data' | 'limit'>,
): Promise<boolean> {
  const { canBeShared, checkShares, measureTogether } = await import('../../evaluate/folder/index.js');
  const { invalid } = await import('../../errors.js');
  if (!canBeShared(metric))
    throw invalid('--processes', `1 with ${metric}, whose figures are times`, processes);
  await checkShares(data, processes, limit);
  const watch = await progressWatch();
  try {
    const stopped = await measureTogether(processes, process.argv.slice(2), watch);
    if (!stopped) return true;
    watch.end();
    tell('stopped; the same command goes on');
    process.exitCode = stopStatus(stopped);
    return false;
  } finally {
    watch.end();
  }
}

/**
 * Shows the progress of one metric after the other.
 *
 * @param isDone whether other processes have done what can be shared, and shown it
 */
async function progressWatch(isDone = false): Promise<Watch & { end(): void }> {
  const { canBeShared } = await import('../../evaluate/folder/index.js');
  const { progress } = await import('../progress.js');
  let shown: Progress | undefined;
  const end = (): void => {
    shown?.finish();
    shown = undefined;
  };
  return {
    start: (metric, total) => {
      end();
      if (isDone && canBeShared(metric)) return;
      shown = progress({ label: metric, total, unit: 'images' });
    },
    progress: (images) => shown?.update(images),
    note: (line) => (shown ? shown.log(line) : tell(line)),
    end,
  };
}
