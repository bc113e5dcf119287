import { join } from 'node:path';
import { commandLine } from '../../process/command-line.js';
import type { PlanRequest } from '../../compare/index.js';
import { shareFromLauncher } from '../../launched.js';
import { command } from '../command.js';
import {
  flag,
  integer,
  json,
  path,
  pathArgument,
  positive,
  processesOption,
  repeated,
  value,
} from '../options.js';
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

/** The usual arms; written out here, so that help needs no TensorFlow. */
export const usual = 'plain,group-cam,lafam,random-mask';

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
    const { compare, compareAsked, compareTogether, openComparison, planAsked, readPlan } =
      await import('../../compare/index.js');
    const { document, writeReport } = await import('../../compare/page/index.js');
    const { progress } = await import('../progress.js');
    const { plan: asked, folder } = await planAsked(request(flags), tell);
    const share = await shareFromLauncher(process.env);
    if (share) return compareAsked(await readPlan(folder), share.size, { folder, baseFolder: process.cwd() });
    const plan = await openComparison(folder, asked);
    const units = `${plan.draws ? 'draws' : 'seeds'} ${plan.seeds.join(', ')}`;
    const count = plan.arms.length * plan.seeds.length;
    tell(`${count} runs: ${plan.arms.join(', ')}; ${units}`);
    const onResult = async () => void (await writeReport(folder));
    const told = { folder, log: tell, progress, onResult };
    const { processes = 1 } = flags;
    if (processes > count) throw invalid('--processes', `at most ${count}, the runs`, processes);
    const finished =
      processes > 1
        ? await compareTogether(processes, plan, { ...told, args: process.argv.slice(2) })
        : await compare(plan, { ...told, baseFolder: process.cwd() });
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

function request({ out, arms, 'equal-cost': equalCost, ...rest }: CompareFlags): PlanRequest {
  const names = arms?.split(',').map((name) => name.trim());
  return { ...rest, folder: out, arms: names?.filter(Boolean), equalCost };
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
