import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dataNotes, labelTable } from '../data/index.js';
import { writeFileAtomic } from '../files/write-atomic.js';
import type { Group } from '../distributed/index.js';
import { machineMemory } from '../process/memory.js';
import { recipeFile } from '../files/run-folder.js';
import { checkBatch } from './launch/index.js';
import {
  classWeightsOf,
  describe,
  findResumed,
  freshState,
  inRunFolder,
  listData,
  makeNetwork,
  memoryWarning,
  precisionOn,
  recipeParameters,
  refuseRun,
  splitFile,
  stageOf,
  useRuntime,
  type Resumed,
  type RunData,
} from './run/index.js';
import { type Recipe, recipeToYaml } from './recipe/index.js';
import { resultOf, silent, trainNetwork } from './train-network.js';
import type { TrainOptions, TrainResult } from './train-options.js';

/**
 * Fine-tunes a network as a recipe says and writes the run folder: recipe, metrics, TensorBoard events, saliency
 * snapshots, checkpoints, report.html (anew after each epoch), the final model.
 *
 * The same recipe gives the same run on the CPU, and a run that was stopped (Ctrl-C, kill, power cut) and resumed gives
 * what an uninterrupted one gives. With a group the recipe's batch is that of all processes together, so that their
 * number changes neither the order of images nor the steps (docs/scaling.md says what is exact).
 *
 * @throws InvalidInput for data, options or a run folder that do not fit, Failure for a loss that is not finite and for
 *   what the system refuses
 */
export async function train(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  const { group } = options;
  if (!group || group.size === 1) return trainHere(recipe, options);
  try {
    return await trainHere(recipe, options);
  } catch (error) {
    const cause = await group.cause(error);
    await group.fail((cause as Error).message).catch(() => undefined);
    throw cause;
  }
}

async function trainHere(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  const { runFolder, resume = false, dryRun = false, baseFolder = process.cwd(), group } = options;
  if (group && group.rank > 0) {
    const data = await listData(recipe, baseFolder);
    return prepareAndTrain(recipe, data, { ...options, log: () => undefined, progress: silent });
  }
  if (!resume && !dryRun) refuseRun(runFolder);
  const kept = resume && existsSync(splitFile(runFolder)) ? splitFile(runFolder) : undefined;
  const data = await listData(recipe, baseFolder, kept);
  if (dryRun) return prepareAndTrain(recipe, data, options);
  return inRunFolder(runFolder, () => {
    // Another process may have begun a run since, and have ended.
    if (!resume) refuseRun(runFolder);
    return prepareAndTrain(recipe, data, options);
  });
}

async function prepareAndTrain(recipe: Recipe, data: RunData, options: TrainOptions): Promise<TrainResult> {
  const {
    runFolder,
    resume = false,
    baseFolder = process.cwd(),
    log = () => undefined,
    dryRun = false,
  } = options;
  const group = options.group && options.group.size > 1 ? options.group : undefined;
  const leads = !group || group.rank === 0;
  const joint = group && (await import('./group/index.js'));
  if (group) checkBatch(recipe, group.size);
  const find = (): Promise<Resumed | undefined> => findResumed(runFolder, recipe, data);
  const resumed = resume ? await (joint ? joint.fromFirst(group, find) : find()) : undefined;
  const classWeights = classWeightsOf(recipe, data.train);
  const own = await useRuntime({ required: !dryRun, log });
  const runtime = own && joint ? await joint.commonRuntime(group, own) : own;
  // Only rank 0 needs to see the run folder: the others are given its weights.
  const sees = resumed && (leads || existsSync(join(resumed.checkpoint, 'model.json')));
  const checkpoint = sees ? resumed.checkpoint : undefined;
  const network = await makeNetwork(recipe, data.train.classNames, baseFolder, checkpoint);
  try {
    const parameters = recipeParameters(recipe, network);
    await joint?.refuseDifferences(group!, { recipe, data, parameters });
    const precision = precisionOn(runtime, recipe);
    const stage = stageOf(recipe, runtime);
    const prepared = { recipe, data, network, parameters, classWeights, precision, stage, resumed, group };
    const withLog = { ...options, log };
    if (!leads) return await trainNetwork({ ...prepared, options: withLog });
    const memory = machineMemory();
    const description = describe(recipe, {
      data,
      network,
      parameters,
      classWeights,
      stage,
      runtime,
      estimateTime: dryRun,
      memory,
    });
    if (!resumed) description.lines.forEach((line) => log(line));
    const { device } = runtime ?? {};
    const tooLarge = memoryWarning(recipe, network.model, parameters, {
      memory,
      device,
      processes: group?.size,
    });
    const warnings = [
      ...(await dataNotes(data.train, data.val)),
      ...description.warnings,
      ...(tooLarge ? [tooLarge] : []),
    ];
    warnings.forEach((line) => log(`warning: ${line}`));
    if (dryRun) return { ...resultOf(runFolder, freshState(data.train), false), description };
    if (!resumed) {
      const about = `${JSON.stringify(description.about, null, 2)}\n`;
      await writeFileAtomic(join(runFolder, 'about.json'), about);
    }
    if (!resumed && typeof recipe.data.val === 'number')
      await writeFileAtomic(splitFile(runFolder), labelTable(data.val, runFolder));
    await writeFileAtomic(recipeFile(runFolder), recipeToYaml(recipe));
    if (group) log(processesLine(recipe, group));
    return await trainNetwork({ ...prepared, options: withLog });
  } finally {
    network.model.dispose();
  }
}

function processesLine({ data, model }: Recipe, { size }: Group): string {
  const [least, most] = [Math.floor(data.batchSize / size), Math.ceil(data.batchSize / size)];
  const each = least === most ? least : `${least} or ${most}`;
  const norms = model.syncNorm ? ', batch norms synchronized' : '';
  return `processes: ${size}, each with ${each} of the ${data.batchSize} images of a batch${norms}`;
}
