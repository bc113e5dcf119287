import { basename, extname, join } from 'node:path';
import { invalid } from '../../errors.js';
import { loadRecipe, type Recipe } from '../../train/recipe/index.js';
import { chooseArms, PLAIN } from './choose-arms.js';
import { holdsComparison, readPlan } from './comparison-folder.js';
import { seedsFrom } from './plan.js';
import type { ComparisonPlan } from '../types.js';

/** What somebody asks to be compared; what is left out is as in the folder, where it holds a comparison. */
export interface PlanRequest {
  /** Path of a recipe; may be left out where the folder holds a comparison. */
  recipe?: string | undefined;
  /** Overrides of the recipe: 'a.b=value'. */
  set?: readonly string[] | undefined;
  /** Default: runs/compare-<recipe>. */
  folder?: string | undefined;
  /** Names of arms. Default: `usualArms`. */
  arms?: readonly string[] | undefined;
  /** How many seeds. Default 3. */
  seeds?: number | undefined;
  /** How many draws of the data, in place of seeds. */
  draws?: number | undefined;
  control?: string | undefined;
  equalCost?: boolean | undefined;
  /** Further validation images: NAME=DIR each. */
  also?: readonly string[] | undefined;
}

/** The paper's stage, its cheap twin, and the control that knows nothing of the image. */
export const usualArms = [PLAIN, 'group-cam', 'lafam', 'random-mask'];

/**
 * What is compared, and where: as asked, or as the folder says.
 *
 * @param log is told where the control is added to the arms
 * @throws InvalidInput where there is neither a recipe nor a comparison, and for what excludes each other; as
 *   loadRecipe, readPlan and chooseArms
 */
export async function planAsked(
  asked: PlanRequest,
  log: (line: string) => void,
): Promise<{ plan: ComparisonPlan<Recipe>; folder: string }> {
  refuseTogether(asked);
  const { recipe: path, folder = path === undefined ? undefined : folderOf(path) } = asked;
  const known = folder !== undefined && holdsComparison(folder) ? await readPlan(folder) : undefined;
  if (folder === undefined || (path === undefined && !known)) {
    throw invalid('RECIPE', 'a recipe file, or --out with the folder of a comparison', folder);
  }
  const recipe = path === undefined ? known!.recipe : await loadRecipe(path, [...(asked.set ?? [])]);
  const draws = asked.draws !== undefined || (asked.seeds === undefined && known?.draws === true);
  const equalCost = asked.equalCost ?? known?.equalCost ?? false;
  const control = asked.control ?? known?.control ?? (equalCost ? null : PLAIN);
  const names = asked.arms ?? known?.arms ?? usualArms;
  const arms = chooseArms(names, recipe.data.trainBoxes !== null, equalCost ? PLAIN : (control ?? PLAIN));
  if (!names.includes(arms[0]!)) log(`${arms[0]} is added: the other arms are compared with it`);
  const count = asked.draws ?? asked.seeds;
  const first = draws ? Math.max(1, recipe.seed) : recipe.seed;
  const seeds = count === undefined && known ? known.seeds : seedsFrom(first, count ?? 3);
  const also = asked.also ? namedPaths(asked.also) : (known?.also ?? {});
  return { plan: { arms, seeds, control, draws, equalCost, also, recipe }, folder };
}

function refuseTogether({ recipe, set, seeds, draws, control, equalCost }: PlanRequest): void {
  if (recipe === undefined && set) {
    const fix = 'a comparison goes on with its own recipe';
    throw invalid('--set', 'the recipe that it changes', undefined, fix);
  }
  if (draws !== undefined && seeds !== undefined)
    throw invalid('--draws', 'not together with --seeds: each draw has a seed of its own', draws);
  if (equalCost && control !== undefined)
    throw invalid('--control', 'not together with --equal-cost, which finds the control', control);
}

function folderOf(recipe: string): string {
  return join('runs', `compare-${basename(recipe, extname(recipe))}`);
}

/** NAME=DIR, each name once. */
function namedPaths(given: readonly string[]): Record<string, string> {
  const named = given.map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at < 1 || at === text.length - 1) throw invalid('--also', 'NAME=DIR', text);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  const twice = named.find(([name], at) => named.findIndex(([other]) => other === name) !== at);
  if (twice) throw invalid('--also', 'each name once', twice[0]);
  return Object.fromEntries(named);
}
