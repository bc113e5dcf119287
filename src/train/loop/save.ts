import { join } from 'node:path';
import { Failure } from '../../errors.js';
import { writeCheckpoint } from '../run/index.js';
import { allFinite, divergenceAdvice, variableOf } from '../step/index.js';
import type { Run } from './run.js';
import { noteSkipped } from './skipped.js';

/**
 * Writes a checkpoint of where the run stands.
 *
 * @param best whether the network is the best so far
 * @throws Failure when a weight is no longer finite: a checkpoint that cannot be trained on must not replace one that can
 */
export async function save(run: Run, best: boolean): Promise<void> {
  const { recipe, runFolder, state, step, content, runLog, reader } = run;
  noteSkipped(run, recipe.data.train, reader.summary().skipped);
  checkWeights(run);
  runLog.flush();
  state.lossScale = step.lossScale?.read();
  const { keep } = recipe.checkpoint;
  await writeCheckpoint(join(runFolder, 'checkpoints'), state, content, { best, keep });
}

/** @throws Failure when a weight has left the numbers that can be computed with */
export function checkWeights({ state, content }: Run): void {
  if (allFinite([...content.model.weights.map(variableOf), ...content.slots])) return;
  throw new Failure(
    `step ${state.step}: expected finite weights, found NaN, infinity or more than 1e19; ${divergenceAdvice}`,
  );
}
