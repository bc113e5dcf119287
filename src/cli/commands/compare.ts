import { basename, extname, join } from 'node:path';
import type { Command } from 'commander';
import type { ComparisonPlan } from '../../compare/index.js';
import type { Recipe } from '../../train/recipe/index.js';
import { integerOf, jsonOption, repeated } from '../options.js';
import { columns, print, printJson, tell } from '../print.js';

interface CompareFlags {
  arms?: string;
  seeds?: number;
  set?: string[];
  out?: string;
  list?: boolean;
  json?: boolean;
}

/** Without --arms: the paper's stage, its cheap twin, and the control that knows nothing of the image. */
const usual = 'plain,group-cam,lafam,random-mask';

/** Registers `camtune compare`. */
export function compareCommand(program: Command): void {
  program
    .command('compare')
    .description('train several stages beside plain fine-tuning, seed by seed, and say what they change')
    .argument('[recipe]', 'YAML file; may be left out where --out holds a comparison')
    .option('--arms <names>', `arms, with commas between (default: ${usual})`)
    .option('--seeds <count>', "seeds of each arm, from the recipe's own on (default: 3)", integerOf(1))
    .option('--set <key=value>', 'override a key of the recipe (repeatable)', repeated)
    .option('--out <folder>', 'where everything is kept, and found again (default: runs/compare-<recipe>)')
    .option('--list', 'print the arms and what they do')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nThe same command goes on where it was stopped; more --arms or --seeds are added to what is there.\n' +
        'Ctrl-C once saves and stops; twice stops at once.',
    )
    .action(async (path: string | undefined, flags: CompareFlags) => {
      if (flags.list) return list(flags.json);
      const { compare, openComparison } = await import('../../compare/index.js');
      const { document, writeReport } = await import('../../compare/page/index.js');
      const { progress } = await import('../progress.js');
      const { plan: asked, folder } = await planAsked(path, flags);
      const plan = await openComparison(folder, asked);
      tell(
        `${plan.arms.length * plan.seeds.length} runs: ${plan.arms.join(', ')}; seeds ${plan.seeds.join(', ')}`,
      );
      const finished = await compare(plan, {
        folder,
        baseFolder: process.cwd(),
        log: tell,
        progress,
        onResult: async () => void (await writeReport(folder)),
      });
      if (!finished) {
        tell(`go on with: camtune compare --out ${folder}`);
        if (flags.json) printJson({ folder, finished });
        return;
      }
      const report = await writeReport(folder);
      if (flags.json) return printJson(document(report));
      const { comparisonTables } = await import('../../compare/page/index.js');
      const [accuracy] = comparisonTables(report);
      print(accuracy!.title);
      columns([accuracy!.head, ...accuracy!.rows]).forEach(print);
      print(`report: ${join(folder, 'report.html')}`);
    });
}

/** What is compared, and where: as asked, or as the folder says. */
async function planAsked(
  path: string | undefined,
  flags: CompareFlags,
): Promise<{ plan: ComparisonPlan<Recipe>; folder: string }> {
  const { chooseArms, holdsComparison, readPlan, seedsFrom } = await import('../../compare/index.js');
  const { loadRecipe } = await import('../../train/recipe/index.js');
  const { invalid } = await import('../../errors.js');
  const folder = flags.out ?? (path === undefined ? undefined : join('runs', `compare-${nameOf(path)}`));
  const known = folder !== undefined && holdsComparison(folder) ? await readPlan(folder) : undefined;
  if (folder === undefined || (path === undefined && !known)) {
    throw invalid('RECIPE', 'a recipe file, or --out with the folder of a comparison', flags.out);
  }
  if (path === undefined && flags.set) {
    throw invalid(
      '--set',
      'the recipe that it changes',
      undefined,
      'a comparison goes on with its own recipe',
    );
  }
  const recipe = path === undefined ? known!.recipe : await loadRecipe(path, flags.set);
  const names = (flags.arms ?? known?.arms.join(',') ?? usual)
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const arms = chooseArms(names, recipe.data.trainBoxes !== null);
  if (!names.includes('plain')) tell('plain is added: the other arms are compared with it');
  const seeds = flags.seeds === undefined && known ? known.seeds : seedsFrom(recipe.seed, flags.seeds ?? 3);
  return { plan: { arms, seeds, recipe }, folder };
}

async function list(json?: boolean): Promise<void> {
  const { arms } = await import('../../augment/index.js');
  if (json) return printJson(arms);
  const rows = Object.entries(arms).map(([name, { summary, needs }]) => [
    name,
    needs === 'boxes' ? `${summary} (needs data.trainBoxes)` : summary,
  ]);
  columns(rows).forEach(print);
}

function nameOf(recipe: string): string {
  return basename(recipe, extname(recipe));
}
