import { join } from 'node:path';
import { invalid } from '../../errors.js';
import type { ChangeOverFloor, EpochChange } from '../../monitor/index.js';
import { command } from '../command.js';
import { flag, integer, json, path, pathArguments } from '../options.js';
import { columns, print, printJson, tell } from '../print.js';
import { watchStop } from '../../stop.js';
import { recipeOf, weightsOf } from '../run-folder.js';
import { runsAmong } from '../runs-among.js';

interface MonitorFlags {
  run?: string[];
  from?: string;
  floor?: boolean;
  watch?: boolean;
  port?: number;
  out?: string;
  json?: boolean;
}

/** `camtune monitor`. */
export const monitorCommand = command<MonitorFlags>({
  usage: 'monitor [run..]',
  describe:
    'the report of a run, or of several beside each other, and how the maps change from epoch to epoch',
  positionals: { run: pathArguments('folders of runs, which may still go on') },
  options: {
    watch: flag(
      'serve the report on this machine and keep it up to date while the runs go on; Ctrl-C ends it',
    ),
    port: integer('port', 1, 'port of --watch on 127.0.0.1', { defaultDescription: 'any that is free' }),
    from: path(
      'in place of runs: how maps that another program wrote change, epoch-NNN.npy each (docs/convergence.md)',
    ),
    floor: flag(
      "also say how much the maps of the run's network change in flips and small crops: the noise floor",
    ),
    out: path('page of several runs', { defaultDescription: 'report.html where you stand' }),
    json,
  },
  async run(flags) {
    const { run: named = [], from, floor: wanted, watch, json: asJson, out = 'report.html' } = flags;
    refuseTogether({ ...flags, run: named });
    if (from !== undefined) return tellFrom(from, asJson);
    const runs = runsAmong(named, tell);
    if (watch) return serve(runs, flags.port);
    const { convergence, report, reportOfRuns } = await import('../../monitor/index.js');
    if (named.length > 1) {
      const page = await reportOfRuns(runs, out);
      const each = runs.map((run) => ({ run, convergence: convergence(run) }));
      if (asJson) return printJson({ report: page, runs: each });
      for (const { run, convergence: changes } of each) [run, ...changeLines(changes)].forEach(print);
      return print(page);
    }
    const [run] = runs as [string];
    const page = await report(run);
    const changes = convergence(run);
    const floor = wanted ? await measureFloor(run) : undefined;
    if (asJson) return printJson({ report: page, convergence: changes, ...(floor && { floor }) });
    changeLines(changes).forEach(print);
    if (floor) floorLines(floor).forEach(print);
    print(page);
  },
});

/** @throws InvalidInput for flags that exclude each other */
function refuseTogether(flags: MonitorFlags & { run: string[] }): void {
  const { run: runs, from, floor, watch, port, out, json: asJson } = flags;
  const beside = runs.length > 0 || floor || watch || port !== undefined || out !== undefined;
  if (from !== undefined && beside) throw invalid('--from', 'nothing but --json beside it', from);
  if (from === undefined && runs.length === 0)
    throw invalid('RUN', 'folders of runs, or --from with a folder of maps', undefined);
  if (watch && (floor || asJson || out !== undefined))
    throw invalid('--watch', 'no --floor, --json or --out beside it', true);
  if (!watch && port !== undefined) throw invalid('--port', 'nothing without --watch', port);
  if (floor && runs.length > 1) throw invalid('--floor', 'one run', runs);
  if (out !== undefined && runs.length === 1)
    throw invalid('--out', 'nothing for a single run, whose report stands in its folder', out);
}

/** What the maps of another program say. */
async function tellFrom(dir: string, asJson: boolean | undefined): Promise<void> {
  const { changesFrom } = await import('../../monitor/index.js');
  const found = changesFrom(dir);
  if (asJson) return printJson(found);
  changeLines(found.convergence).forEach(print);
  if (found.floor) floorLines(found.floor).forEach(print);
}

/** Serves the report until the user stops it. */
async function serve(runs: readonly string[], port: number | undefined): Promise<void> {
  const { serveReport } = await import('../../monitor/index.js');
  const report = await serveReport(runs, { ...(port !== undefined && { port }), onProblem: tell });
  print(`live report: ${report.url} (from this machine alone; Ctrl-C ends it)`);
  await new Promise<void>((resolve) => {
    const watching = watchStop(() => {
      watching.end();
      resolve();
    });
  });
  await report.close();
}

/** A line a pair of snapshots: how much the maps of the later one are like those of the earlier one. */
export function changeLines(changes: readonly EpochChange[]): string[] {
  if (changes.length === 0) return ['fewer than two snapshots: nothing to compare yet'];
  const head = ['epochs', 'images', 'IoU', 'Pearson', 'Spearman', 'mean difference'];
  const rows = changes.map(({ from, epoch, images, iou, pearson, spearman, meanAbsoluteDifference }) => [
    `${from} to ${epoch}`,
    String(images),
    ...[iou, pearson, spearman, meanAbsoluteDifference].map((value) => value?.toFixed(3) ?? '–'),
  ]);
  const notes = changes
    .filter(({ constant }) => constant > 0)
    .map(
      ({ from, epoch, images, constant }) =>
        `${from} to ${epoch}: no correlation for ${constant} of ${images} images, whose map is constant in one of the two`,
    );
  return [...columns([head, ...rows]), ...notes];
}

/** Measured with the run's network as it is now, and kept in the run folder. */
async function measureFloor(run: string): Promise<ChangeOverFloor> {
  const { openClassifier } = await import('../../models/index.js');
  const { floorOfRun } = await import('../../monitor/index.js');
  const { loadRecipe, stageOf } = await import('../../train/index.js');
  const { writeFileAtomic } = await import('../../files.js');
  const recipe = await loadRecipe(recipeOf(run));
  const network = await openClassifier(weightsOf(run, tell), {
    ...(recipe.stage.layer !== null && { layer: recipe.stage.layer }),
    onNote: tell,
  });
  try {
    const floor = await floorOfRun(run, network, stageOf(recipe));
    await writeFileAtomic(join(run, 'saliency', 'floor.json'), `${JSON.stringify(floor)}\n`);
    return floor;
  } finally {
    network.dispose();
  }
}

/** What is left of the change above the floor, from epoch to epoch and to the last maps; then by class. */
export function floorLines({ steps, toLast, floor, classes }: ChangeOverFloor): string[] {
  const times = (value: number | null | undefined): string => (value == null ? '–' : value.toFixed(2));
  const rows = steps.map(({ from, epoch, images, zero, overFloor }) => [
    `${from} to ${epoch}`,
    String(images),
    String(zero),
    ...[overFloor.spearman, overFloor.iou, overFloor.ssim, overFloor.shift].map(times),
    times(toLast.find((one) => one.from === from)?.overFloor.spearman),
  ]);
  const { distance } = floor;
  const lastSteps = Object.entries(classes).map(([name, { steps: own }]) => [
    name,
    times(own.at(-1)?.overFloor.spearman),
  ]);
  return [
    '',
    'change over noise floor (1: as much as a flip or a small crop of the same image moves the maps)',
    ...columns([
      ['epochs', 'images', 'zero maps', 'Spearman', 'IoU', 'SSIM', 'shift', 'Spearman to the last'],
      ...rows,
    ]),
    distance
      ? `floor, of ${floor.images} pairs: 1 − Spearman ${distance.spearman.toFixed(3)}, 1 − IoU ${distance.iou.toFixed(3)}, 1 − SSIM ${distance.ssim.toFixed(3)}, shift ${distance.shift.toFixed(3)} of the side`
      : 'no floor: every map is constant',
    ...columns([['class', 'last step, Spearman'], ...lastSteps]),
  ];
}
