import { join } from 'node:path';
import { writeFileAtomic } from '../files/write-atomic.js';
import { openClassifier } from '../models/index.js';
import { floorOfRun, type ChangeOverFloor } from '../monitor/index.js';
import { recipeFile, weightsOf } from '../files/run-folder.js';
import { loadRecipe } from './recipe/index.js';
import { stageOf } from './run/index.js';

/**
 * How the maps of a run changed, over the noise floor of its network as it is now; kept in `saliency/floor.json` of the
 * run.
 *
 * @param log is told which network that is, and what was assumed
 * @throws as floorOfRun, loadRecipe and openClassifier; InvalidInput for a run that has saved no network yet
 */
export async function measureFloor(run: string, log: (line: string) => void): Promise<ChangeOverFloor> {
  const recipe = await loadRecipe(recipeFile(run));
  const { layer } = recipe.stage;
  const network = await openClassifier(weightsOf(run, log), {
    ...(layer !== null && { layer }),
    onNote: log,
  });
  try {
    const floor = await floorOfRun(run, network, stageOf(recipe));
    await writeFileAtomic(join(run, 'saliency', 'floor.json'), `${JSON.stringify(floor)}\n`);
    return floor;
  } finally {
    network.dispose();
  }
}
