import { join } from 'node:path';
import { invalid, InvalidInput } from '../../errors.js';
import { firstFew } from '../../text/format.js';
import { lastCheckpoint } from './checkpoint.js';
import type { RunData } from './prepare.js';
import { differences, loadRecipe, type Recipe } from '../recipe/index.js';
import { canResume, recipeFile } from '../../files/run-folder.js';
import { readState, type RunState } from './run-state.js';

/**
 * What a resumed run cannot change: which images stand in which batch, and what the saved moments and averages belong to.
 * Everything else may change on the way, with --set, as the number of epochs does.
 */
const fixed = [
  'seed',
  'data.train',
  'data.val',
  'data.splitSeed',
  'data.batchSize',
  'data.limit',
  'data.limitSeed',
  'data.sampling',
  'optimizer.name',
  'optimizer.accumulate',
  'model.architecture',
  'model.layout',
  'model.freeze',
  'model.freezeNorm',
  'model.ema',
];

/** Where a run is taken up again. */
export interface Resumed {
  checkpoint: string;
  state: RunState;
}

/**
 * Finds a run's last checkpoint and makes sure that recipe and data still fit it.
 *
 * @returns undefined where the run was stopped before its first checkpoint: it begins anew
 * @throws InvalidInput where the recipe differs in what cannot change, or where images came or went
 */
export async function findResumed(
  runFolder: string,
  recipe: Recipe,
  { train }: RunData,
): Promise<Resumed | undefined> {
  const checkpoint = await lastCheckpoint(join(runFolder, 'checkpoints'));
  if (!checkpoint) return undefined;
  const state = await readState(checkpoint);
  if (canResume(runFolder)) {
    const changed = differences(recipe, await loadRecipe(recipeFile(runFolder))).filter((difference) =>
      fixed.some((key) => difference.startsWith(`${key}:`)),
    );
    if (changed.length > 0) {
      throw new InvalidInput(
        `${runFolder}: a run cannot be resumed with another ${changed.join('; ')}; undo that, or begin a new run`,
      );
    }
  }
  const { images, classNames } = state.data;
  if (classNames.join('\n') !== train.classNames.join('\n')) {
    throw invalid(
      train.dir,
      `the classes that the run began with (${firstFew(classNames)})`,
      train.classNames,
    );
  }
  if (images !== train.files.length) {
    throw invalid(train.dir, `the ${images} images that the run began with`, train.files.length);
  }
  return { checkpoint, state };
}
