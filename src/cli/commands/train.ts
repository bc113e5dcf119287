import { join } from 'node:path';
import { commandLine } from '../../process/command-line.js';
import type { Group } from '../../distributed/index.js';
import { LostRank } from '../../errors.js';
import { launchedGroup } from '../../launched.js';
import type { TrainResult } from '../../train/index.js';
import type { AskedRun } from '../../train/recipe/index.js';
import { tellParent } from '../../process/tell-parent.js';
import { withoutFlags } from '../arguments.js';
import { command } from '../command.js';
import { flag, integer, json, path, pathArgument, repeated } from '../options.js';
import { print, printJson, tell } from '../print.js';
import { progress } from '../progress.js';

interface TrainFlags {
  recipe?: string;
  set?: string[];
  run?: string;
  resume?: boolean;
  processes?: number;
  restarts?: number;
  'dry-run'?: boolean;
  schema?: boolean;
  json?: boolean;
}

/** `camtune train`. */
export const trainCommand = command<TrainFlags>({
  usage: 'train [recipe]',
  describe: 'fine-tune a network as a recipe says',
  positionals: { recipe: pathArgument('YAML file; with --resume and --run it may be left out') },
  options: {
    set: repeated('KEY=VALUE: another value for a key of the recipe, as optimizer.learningRate=0.01'),
    run: path('folder that the run is written to', { defaultDescription: 'runs/<recipe>-<date>-<time>' }),
    resume: flag(
      "go on from the run's last checkpoint, with its own recipe; without --run: the newest run of the recipe",
    ),
    processes: integer(
      'processes',
      1,
      'train with N processes on this machine, a GPU each where there are some; each listens on all network interfaces without a password: trusted networks only (docs/scaling.md)',
      { defaultDescription: '1' },
    ),
    restarts: integer(
      'restarts',
      0,
      'go on from the last checkpoint by itself after a failure, up to N times',
      {
        defaultDescription: '0',
      },
    ),
    'dry-run': flag('print the resolved recipe, the model, the images found and an estimate; train nothing'),
    schema: flag('print the JSON Schema of recipes, for editors'),
    json,
  },
  epilogue: 'Ctrl-C once saves a checkpoint and stops; twice stops at once.',
  async run(flags) {
    if (flags.schema) return printSchema();
    if (flags['dry-run']) return dryRun(await asked(flags), flags.json);
    if ((flags.processes ?? 1) > 1 || flags.restarts) return trainWorkers(flags);
    const group = await reported(() => launchedGroup(process.env));
    if (group) return reported(() => trainInGroup(group, flags));
    await trainAsked(await asked(flags), flags);
  },
});

/** Which recipe runs, and where. */
async function asked({ 'dry-run': isDry, ...flags }: TrainFlags): Promise<AskedRun> {
  const { runAsked } = await import('../../train/recipe/index.js');
  return runAsked({ ...flags, isDry }, tell);
}

/** Trains, and rank 0 says what came out. */
async function trainAsked(run: AskedRun, { json }: TrainFlags, group?: Group): Promise<void> {
  const { recipe, ...where } = run;
  const { train } = await import('../../train/index.js');
  const result = await train(recipe, {
    ...where,
    baseFolder: process.cwd(),
    log: tell,
    progress,
    ...(group && { group }),
    onStep: (step) => tellParent({ step }),
  });
  if (group && group.rank > 0) return;
  if (json) printJson(result);
  else summary(result).forEach(print);
}

/** The parent of workers: says at once what is wrong, and chooses the folder for all of them. */
async function trainWorkers(flags: TrainFlags): Promise<void> {
  const { processes = 1, restarts = 0 } = flags;
  const { checkBatch, trainProcesses } = await import('../../train/launch/index.js');
  const { recipe, runFolder } = await asked(flags);
  checkBatch(recipe, processes);
  const args = withoutFlags(process.argv.slice(2), ['processes', 'restarts', 'run']);
  process.exitCode = await trainProcesses({ processes, restarts, args, runFolder, log: tell });
}

/** Tells a parent of ours, too, which rank is lost: it says which of its processes was the first to fail. */
async function reported<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LostRank) tellParent({ lost: error.rank });
    throw error;
  }
}

/** One of several processes that a launcher has started; rank 0 says for all of them what runs where. */
async function trainInGroup(group: Group, flags: TrainFlags): Promise<void> {
  const { fromFirst, inGroup } = await import('../../train/group/index.js');
  await inGroup(group, async () => {
    const run = await fromFirst(group, () => asked(flags));
    await trainAsked(run, flags, group);
  });
}

/** What came out and where to look. */
function summary({ runFolder, finished, best, initial, last, skipped }: TrainResult): string[] {
  const from = initial ? ` (before training ${(100 * initial.valTop1).toFixed(1)} %)` : '';
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return [
    ...(finished && last
      ? [`validation top-1 ${percent(last.valTop1)}${from}, top-5 ${percent(last.valTop5)}`]
      : []),
    ...(best
      ? [`best: ${percent(best.top1)} after epoch ${best.epoch}, ${join(runFolder, 'checkpoints', 'best')}`]
      : []),
    ...(skipped.length > 0
      ? [`${skipped.length} files could not be read, see ${join(runFolder, 'metrics.jsonl')}`]
      : []),
    `report: ${join(runFolder, 'report.html')}`,
    ...(finished ? [] : [`go on with: ${commandLine(['train', '--resume', '--run', runFolder])}`]),
  ];
}

async function dryRun({ recipe, ...where }: AskedRun, json?: boolean): Promise<void> {
  const { recipeToYaml } = await import('../../train/recipe/index.js');
  const { train } = await import('../../train/index.js');
  if (!json) print(recipeToYaml(recipe));
  const log = json ? tell : print;
  const result = await train(recipe, {
    ...where,
    baseFolder: process.cwd(),
    log,
    progress,
    dryRun: true,
  });
  if (json) printJson(result);
}

async function printSchema(): Promise<void> {
  const { recipeFileSchema } = await import('../../train/recipe/index.js');
  printJson(recipeFileSchema);
}
