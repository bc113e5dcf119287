import { basename, extname, join } from 'node:path';
import { commandLine } from '../../command-line.js';
import type { ComparisonPlan } from '../../compare/index.js';
import type { Recipe } from '../../train/recipe/index.js';
import { command } from '../command.js';
import { compareAsked, compareTogether } from '../compare-together.js';
import { ownShare, processesOption } from '../shares.js';
import { flag, integer, json, path, pathArgument, positive, repeated, value } from '../options.js';
import { columns, print, printJson, tell } from '../print.js';

interface CompareFlags {
  recipe?: string;
  arms?: string;
  seeds?: number;
  set?: string[];
  control?: string;
  draws?: number;
  'equal-cost'?: boolean;
  also?: string[];
  power?: number;
  out?: string;
  processes?: number;
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
    control: value('arm that the others are compared with', { defaultDescription: 'plain' }),
    'equal-cost': flag(
      "compare with plain at equal cost: as many epochs as the dearest arm's time pays for, measured on the first seed",
    ),
    draws: integer(
      'draws',
      1,
      'in place of --seeds: so many draws of the data, each with a seed of its own; the draw is then the unit. {draw} in the paths of the recipe stands for its number, else data.limit images of each class are drawn',
    ),
    also: repeated('NAME=DIR: measure accuracy on these images, too, under this name'),
    power: positive(
      'power',
      'with --out: say how many seeds or draws make the interval of top-1 so many points wide to each side, and end',
    ),
    set: repeated('KEY=VALUE: another value for a key of the recipe'),
    out: path('folder where everything is kept, and found again', {
      defaultDescription: 'runs/compare-<recipe>',
    }),
    processes: processesOption,
    list: flag('print the arms and what they do'),
    json,
  },
  epilogue:
    'The same command goes on where it was stopped; more --arms or --seeds are added to what is there.\n' +
    'Ctrl-C once saves and stops; twice stops at once.',
  async run(flags) {
    if (flags.list) return list(flags.json);
    if (flags.power !== undefined) return power(flags);
    const { invalid } = await import('../../errors.js');
    const { compare, openComparison, readPlan } = await import('../../compare/index.js');
    const { document, writeReport } = await import('../../compare/page/index.js');
    const { progress } = await import('../progress.js');
    const { plan: asked, folder } = await planAsked(flags);
    const share = await ownShare();
    if (share) return compareAsked(await readPlan(folder), share.size, { folder, baseFolder: process.cwd() });
    const plan = await openComparison(folder, asked);
    const units = `${plan.draws ? 'draws' : 'seeds'} ${plan.seeds.join(', ')}`;
    const count = plan.arms.length * plan.seeds.length;
    tell(`${count} runs: ${plan.arms.join(', ')}; ${units}`);
    const onResult = async () => void (await writeReport(folder));
    const { processes = 1 } = flags;
    if (processes > count) throw invalid('--processes', `at most ${count}, the runs`, processes);
    const finished =
      processes > 1
        ? await compareTogether(processes, plan, { folder, onResult })
        : await compare(plan, { folder, baseFolder: process.cwd(), log: tell, progress, onResult });
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
  const { chooseArms, holdsComparison, PLAIN, readPlan, seedsFrom } = await import('../../compare/index.js');
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
  if (flags.draws !== undefined && flags.seeds !== undefined) {
    throw invalid('--draws', 'not together with --seeds: each draw has a seed of its own', flags.draws);
  }
  if (flags['equal-cost'] && flags.control !== undefined) {
    throw invalid('--control', 'not together with --equal-cost, which finds the control', flags.control);
  }
  const draws = flags.draws !== undefined || (flags.seeds === undefined && known?.draws === true);
  const equalCost = flags['equal-cost'] ?? known?.equalCost ?? false;
  const control = flags.control ?? (equalCost ? (known?.control ?? null) : (known?.control ?? PLAIN));
  const arms = chooseArms(names, recipe.data.trainBoxes !== null, equalCost ? PLAIN : (control ?? PLAIN));
  if (!names.includes(arms[0]!)) tell(`${arms[0]} is added: the other arms are compared with it`);
  const count = flags.draws ?? flags.seeds;
  const first = draws ? Math.max(1, recipe.seed) : recipe.seed;
  const seeds = count === undefined && known ? known.seeds : seedsFrom(first, count ?? 3);
  const also = flags.also ? await namedPaths(flags.also) : (known?.also ?? {});
  return { plan: { arms, seeds, control, draws, equalCost, also, recipe }, folder };
}

/** NAME=DIR, each name once. */
async function namedPaths(given: readonly string[]): Promise<Record<string, string>> {
  const { invalid } = await import('../../errors.js');
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1 || at === text.length - 1) throw invalid('--also', 'NAME=DIR', text);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** How many seeds or draws an interval of the asked width needs, by the differences that were measured so far. */
async function power({ out, power: points, json }: CompareFlags): Promise<void> {
  const { comparisonReport, seedsForWidth } = await import('../../compare/index.js');
  const { invalid } = await import('../../errors.js');
  if (out === undefined)
    throw invalid('--power', '--out with the folder of a comparison that has some runs', out);
  const rows = seedsForWidth(await comparisonReport(out), points! / 100);
  if (json) return printJson(rows);
  const head = ['arm', 'runs', 'standard deviation', 'half-width now', `for ±${points} points`];
  const cells = rows.map(({ arm, units, sd, halfWidth, needed }) => [
    arm,
    String(units),
    sd === null ? '–' : (100 * sd).toFixed(1),
    halfWidth === null ? '–' : (100 * halfWidth).toFixed(1),
    sd === null ? 'needs two runs' : needed === null ? 'more than 10,000' : String(needed),
  ]);
  columns([head, ...cells]).forEach(print);
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
