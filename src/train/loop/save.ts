import { join } from 'node:path';
import type { Batch } from '../../data/index.js';
import { Failure } from '../../errors.js';
import { writeCheckpoint } from '../run/index.js';
import { allFinite, divergenceAdvice, variableOf } from '../step/index.js';
import type { Run } from './run.js';
import { noteSkipped } from './skipped.js';
import { swapped } from './swapped.js';

/**
 * Writes a checkpoint of where the run stands.
 *
 * @param best whether the network is the best so far
 * @throws Failure when a weight is no longer finite: a checkpoint that cannot be trained on must not replace one that can
 */
export async function save(run: Run, best: boolean): Promise<void> {
  const { recipe, folder, state, data, network, out, together } = run;
  noteSkipped(run, recipe.data.train, await together.skipped(data.training.summary().skipped));
  checkWeights(run);
  out.runLog.flush();
  state.lossScale = network.step.lossScale?.read();
  const { keep } = recipe.checkpoint;
  if (!together.leads) return;
  await writeCheckpoint(join(folder, 'checkpoints'), state, network.content, { best, keep });
}

/** Writes a checkpoint within an epoch; takes and throws as saveUnvalidated does. */
export async function saveWithinEpoch(run: Run, batch: Batch): Promise<void> {
  run.together.averageStatistics();
  await swapped(run, () => saveUnvalidated(run, batch));
}

/**
 * Writes a checkpoint where no validation has tried the weights.
 *
 * @param batch the images of the last step; undefined where none was made since the last checkpoint
 * @throws Failure as save does, and when the network's loss on the batch is not finite
 */
export async function saveUnvalidated(run: Run, batch: Batch | undefined): Promise<void> {
  checkWeights(run);
  if (batch) await checkLossOn(run, batch);
  await save(run, false);
}

async function checkLossOn({ state, network, together }: Run, batch: Batch): Promise<void> {
  const { loss, images } = await together.validation(await network.measure.run(only(batch)));
  // Of a group's batch every file may be unreadable.
  if (images > 0) checkLoss(loss, `on the images of step ${state.step} after that step`);
}

/** @throws Failure when a weight has left the numbers that can be computed with */
export function checkWeights({ state, network: { content } }: Run): void {
  if (allFinite([...content.model.weights.map(variableOf), ...content.slots])) return;
  throw new Failure(
    `step ${state.step}: expected finite weights, found NaN, infinity or more than 1e19; ${divergenceAdvice}`,
  );
}

/** @throws Failure when a loss is not finite */
export function checkLoss(loss: number, where: string): void {
  if (Number.isFinite(loss)) return;
  throw new Failure(`expected a finite loss ${where}, found ${loss}; ${divergenceAdvice}`);
}

async function* only(batch: Batch): AsyncGenerator<Batch, void, undefined> {
  yield await Promise.resolve(batch);
}
