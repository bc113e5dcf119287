import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { invalid } from '../errors.js';
import { fitName } from './name.js';

const runs = 'runs';

/** runs/<recipe>-<date>-<time>: sorts by time, and says what it is. */
export function newRunFolder(recipe: string, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  return join(runs, `${nameOf(recipe)}-${date}-${time}`);
}

/**
 * The newest run of a recipe that has begun.
 *
 * @param parent folder of the runs
 * @throws InvalidInput where there is none
 */
export function latestRunFolder(recipe: string, parent = runs): string {
  const name = nameOf(recipe);
  const own = (folder: string): boolean =>
    folder.startsWith(`${name}-`) && /^\d{8}-\d{6}$/.test(folder.slice(name.length + 1));
  const folders = existsSync(parent) ? readdirSync(parent).filter(own).sort().reverse() : [];
  const latest = folders.map((folder) => join(parent, folder)).find(canResume);
  if (!latest)
    throw invalid('--resume', `a run of ${recipe} in ${parent}/`, undefined, 'name its folder with --run');
  return latest;
}

/** The resolved recipe of a run: the first thing that it writes. */
export function recipeFile(runFolder: string): string {
  return join(runFolder, 'recipe.yaml');
}

/** Whether a folder holds a run that `resume` can go on with. */
export function canResume(runFolder: string): boolean {
  return existsSync(recipeFile(runFolder));
}

/**
 * The weights that somebody means: of a run folder the network of its end, where it has ended, else its best
 * checkpoint so far; any other path as it is.
 *
 * @param log is told which of the run's networks it is
 * @throws InvalidInput for a run that has saved nothing yet
 */
export function weightsOf(given: string, log: (line: string) => void): string {
  if (!canResume(given)) return given;
  const found = kept.find(([path]) => existsSync(join(given, path, 'model.json')));
  if (!found) throw invalid('--weights', 'a run that has saved a checkpoint', given);
  const [path, what] = found;
  log(`weights: ${join(given, path)}, ${what}`);
  return join(given, path);
}

/** The networks of a run, the one that is meant first. */
const kept = [
  ['model', 'the network at the end of the run'],
  [join('checkpoints', 'best'), 'the best checkpoint of a run that has not ended'],
  [join('checkpoints', 'last'), 'the last checkpoint of a run that has not ended'],
] as const;

function nameOf(recipe: string): string {
  return fitName(basename(recipe, extname(recipe)), '-20260101-000000'.length);
}
