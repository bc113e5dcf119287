import { basename, extname, join } from 'node:path';
import { commandLine } from '../../command-line.js';
import type { ComparisonPlan } from '../../compare/index.js';
import type { Recipe } from '../../train/recipe/index.js';
import { command } from '../command.js';
import { flag, integer, json, path, pathArgument, repeated, value } from '../options.js';
import { columns, print, printJson, tell } from '../print.js';

interface CompareFlags {
  recipe?: string;
  arms?: string;
  seeds?: number;
  set?: string[];
  out?: string;
  list?: boolean;
  json?: boolean;
}

/** Without --arms: the paper's stage, its cheap twin, and the control that knows nothing of the image. */
const usual = 'plain,group-cam,lafam,random-mask';

/** `camtune compare`. */
export const compareCommand = command<CompareFlags>({
  usage: 'compare [recipe]',
  describe: 'train several stages beside plain fine-tuning, seed by seed, and say what they change',
  positionals: { recipe: pathArgument('YAML file; may be left out where --out holds a comparison') },
  options: {
    arms: value('arms, with commas between (see --list)', { defaultDescription: usual }),
    seeds: integer('seeds', 1, "seeds of each arm, from the recipe's own on", { defaultDescription: '3' }),
    set: repeated('KEY=VALUE: another value for a key of the recipe'),
    out: path('folder where everything is kept, and found again', {
      defaultDescription: 'runs/compare-<recipe>',
    }),
    list: flag('print the arms and what they do'),
    json,
  },
  epilogue:
    'The same command goes on where it was stopped; more --arms or --seeds are added to what is there.\n' +
    'Ctrl-C once saves and stops; twice stops at once.',
  async run(flags) {
    if (flags.list) return list(flags.json);
    const { compare, openComparison } = await import('../../compare/index.js');
    const { document, writeReport } = await import('../../compare/page/index.js');
    const { progress } = await import('../progress.js');
    const { plan: asked, folder } = await planAsked(flags);
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
      tell(`go on with: ${commandLine(['compare', '--out', folder])}`);
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
  },
});

/** What is compared, and where: as asked, or as the folder says. */
async function planAsked(flags: CompareFlags): Promise<{ plan: ComparisonPlan<Recipe>; folder: string }> {
  const { recipe: path } = flags;
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
