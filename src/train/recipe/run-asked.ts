import { invalid } from '../../errors.js';
import { canResume, latestRunFolder, newRunFolder, recipeFile } from '../../files/run-folder.js';
import { differences } from './differences.js';
import { loadRecipe } from './load.js';
import type { Recipe } from './schema/index.js';

/** What somebody asks to be trained. */
export interface RunRequest {
  /** Path of a recipe; may be left out where a run is resumed. */
  recipe?: string | undefined;
  /** Overrides: 'a.b=value'. */
  set?: readonly string[] | undefined;
  /** Folder of the run. */
  run?: string | undefined;
  resume?: boolean | undefined;
  /** Whether nothing will be trained, so that a run in the folder is in nobody's way. */
  isDry?: boolean | undefined;
}

/** A run as `train` takes it. */
export interface AskedRun {
  recipe: Recipe;
  runFolder: string;
  resume: boolean;
}

/**
 * Which recipe runs, and where: a new run, or one that goes on with the recipe it began with and the overrides.
 *
 * @param log is told where a run goes on with another recipe than the one that is named
 * @throws InvalidInput where there is no recipe, no run to resume, or one in the way; as loadRecipe
 */
export async function runAsked(
  { recipe: path, set = [], run, resume, isDry }: RunRequest,
  log: (line: string) => void,
): Promise<AskedRun> {
  const sets = [...set];
  if (path === undefined && !(resume && run)) {
    if (resume) throw invalid('--run', 'the folder of the run to resume', undefined);
    throw invalid('RECIPE', 'a recipe file, or --resume with --run', undefined);
  }
  const runFolder = run ?? (resume ? latestRunFolder(path!) : newRunFolder(path!, new Date()));
  if (!resume) {
    if (canResume(runFolder) && !isDry) {
      throw invalid('--run', 'a folder without a run', runFolder, 'add --resume to go on with it');
    }
    return { recipe: await loadRecipe(path!, sets), runFolder, resume: false };
  }
  if (!canResume(runFolder)) {
    if (path === undefined) throw invalid('--run', 'a folder with a run (recipe.yaml)', runFolder);
    // Killed before anything was written: the same command begins again.
    return { recipe: await loadRecipe(path, sets), runFolder, resume: false };
  }
  const recipe = await loadRecipe(recipeFile(runFolder), sets);
  const changed = path === undefined ? [] : differences(recipe, await loadRecipe(path, sets));
  if (changed.length > 0)
    log(`${runFolder} goes on with its own recipe; ${path} differs: ${changed.join('; ')}`);
  return { recipe, runFolder, resume: true };
}
