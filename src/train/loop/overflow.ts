import { Failure } from '../../errors.js';
import { divergenceAdvice } from '../step/index.js';
import type { EpochSums } from '../run/index.js';
import type { Run } from './run.js';

/** The smallest normal number of float16: where gradients overflow even so, the format is not what is wrong. */
const LEAST_SCALE = 2 ** -14;

/**
 * After a step that was skipped: says when the loss scale falls below 1.
 *
 * @throws Failure when it falls below 2^-14
 */
export function checkLossScale({ state, network, out }: Run): void {
  const { scale } = network.step.lossScale!.read();
  if (scale < LEAST_SCALE) {
    throw new Failure(
      `step ${state.step}: expected finite gradients at a loss scale of 2^-14 or more, found NaN or infinity; ${divergenceAdvice}`,
    );
  }
  if (scale >= 0.5 && scale < 1) {
    out.log(
      `step ${state.step}: the loss scale fell below 1, since gradients overflow float16 without any scaling`,
    );
  }
}

/** What loss scaling adds to a line of metrics: nothing where the loss is not scaled. */
export function lossScaleFigures(
  { network: { step } }: Run,
  { skippedSteps }: EpochSums,
): Record<string, number> {
  return step.lossScale ? { skippedSteps, lossScale: step.lossScale.read().scale } : {};
}
