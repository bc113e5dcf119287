import { join } from 'node:path';
import type { Command } from 'commander';
import { invalid } from '../../errors.js';
import type { TrainResult } from '../../train/index.js';
import type { Recipe } from '../../train/recipe/index.js';
import { jsonOption, repeated } from '../options.js';
import { print, printJson, tell } from '../print.js';
import { progress } from '../progress.js';
import { holdsRun, latestRunFolder, newRunFolder, recipeOf } from '../run-folder.js';

interface TrainOptions {
  set?: string[];
  run?: string;
  resume?: boolean;
  dryRun?: boolean;
  schema?: boolean;
  json?: boolean;
}

/** Registers `camtune train`. */
export function trainCommand(program: Command): void {
  program
    .command('train')
    .description('fine-tune a network as a recipe says')
    .argument('[recipe]', 'YAML file; with --resume and --run it may be left out')
    .option(
      '--set <key=value>',
      'override a key of the recipe (repeatable), as optimizer.learningRate=0.01',
      repeated,
    )
    .option('--run <folder>', 'where the run is written (default: runs/<recipe>-<date>-<time>)')
    .option(
      '--resume',
      "go on from the run's last checkpoint, with its own recipe; without --run: the newest run of RECIPE",
    )
    .option(
      '--dry-run',
      'print the resolved recipe, the model, the images found and an estimate; train nothing',
    )
    .option('--schema', 'print the JSON Schema of recipes, for editors')
    .addOption(jsonOption())
    .addHelpText('after', '\nCtrl-C once saves a checkpoint and stops; twice stops at once.')
    .action(async (path: string | undefined, options: TrainOptions) => {
      if (options.schema) return printSchema();
      const { recipe, runFolder, resume } = await runAsked(path, options);
      if (options.dryRun) return dryRun(recipe, runFolder, resume, options.json);
      const { train } = await import('../../train/index.js');
      const result = await train(recipe, {
        runFolder,
        resume,
        baseFolder: process.cwd(),
        log: tell,
        progress,
        dryRun: false,
        onEpoch: () => drawReport(runFolder),
      });
      if (options.json) printJson(result);
      else summary(result).forEach(print);
    });
}

/** A report that cannot be drawn is no reason to stop training. */
async function drawReport(runFolder: string): Promise<void> {
  const { report } = await import('../../monitor/index.js');
  await report(runFolder).catch((error: Error) => tell(`report.html: ${error.message}`));
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
    ...(finished ? [] : [`go on with: camtune train --resume --run ${runFolder}`]),
  ];
}

async function dryRun(recipe: Recipe, runFolder: string, resume: boolean, json?: boolean): Promise<void> {
  const { recipeToYaml } = await import('../../train/recipe/index.js');
  const { train } = await import('../../train/index.js');
  if (!json) print(recipeToYaml(recipe));
  const log = json ? tell : print;
  const result = await train(recipe, {
    runFolder,
    resume,
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

/** Which recipe runs, and where: a new run, or one that goes on with the recipe it began with and --set. */
async function runAsked(path: string | undefined, options: TrainOptions) {
  const { differences, loadRecipe } = await import('../../train/recipe/index.js');
  const { set: sets = [], run, resume } = options;
  if (path === undefined && !(resume && run)) {
    throw invalid(
      'RECIPE',
      'a recipe file (or --resume with --run)',
      undefined,
      'try recipes/quickstart.yaml',
    );
  }
  const runFolder = run ?? (resume ? latestRunFolder(path!) : newRunFolder(path!, new Date()));
  if (!resume) {
    if (holdsRun(runFolder) && !options.dryRun) {
      throw invalid('--run', 'a folder without a run', runFolder, 'add --resume to go on with it');
    }
    return { recipe: await loadRecipe(path!, sets), runFolder, resume: false };
  }
  if (!holdsRun(runFolder)) {
    if (path === undefined) throw invalid('--run', 'a folder with a run (recipe.yaml)', runFolder);
    // Killed before anything was written: the same command begins again.
    return { recipe: await loadRecipe(path, sets), runFolder, resume: false };
  }
  const recipe = await loadRecipe(recipeOf(runFolder), sets);
  const changed = path === undefined ? [] : differences(recipe, await loadRecipe(path, sets));
  if (changed.length > 0)
    tell(`${runFolder} goes on with its own recipe; ${path} differs: ${changed.join('; ')}`);
  return { recipe, runFolder, resume: true };
}
