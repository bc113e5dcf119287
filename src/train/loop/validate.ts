import { imageReader } from '../../data/index.js';
import { errorPolicy } from '../run/index.js';
import type { Validation } from '../step/index.js';
import type { Run } from './run.js';
import { checkLoss, checkWeights } from './save.js';
import { noteSkipped } from './skipped.js';

/**
 * Measures the network on the validation images.
 *
 * @throws Failure where a weight or the loss is not finite
 */
export async function validate(run: Run): Promise<Validation> {
  const { recipe, state, data, network, out, together } = run;
  const { batchSize } = recipe.data;
  const { share } = together;
  const reader = imageReader(data.validation, {
    batchSize,
    view: data.view,
    share,
    ...errorPolicy(recipe.data),
  });
  const bar = out.progress({ label: 'validation', total: data.validation.files.length, unit: 'images' });
  try {
    const total = data.validation.files.length;
    const own = await network.measure.run(reader.batches(), (images) =>
      bar.update(Math.min(total, images * share.size)),
    );
    const result = await together.validation(own);
    const { train, val } = recipe.data;
    noteSkipped(run, typeof val === 'number' ? train : val, await together.skipped(reader.summary().skipped));
    checkWeights(run);
    checkLoss(result.loss, `in the validation after step ${state.step}`);
    state.last = { valLoss: result.loss, valTop1: result.top1, valTop5: result.top5 };
    state.validated = state.step;
    return result;
  } finally {
    bar.finish();
  }
}
