import { expect } from 'chai';
import type { Batch } from '../../../src/data/index.js';
import { checkLossScale } from '../../../src/train/loop/overflow.js';
import type { Run } from '../../../src/train/loop/run.js';
import { alone } from '../../../src/train/loop/together.js';
import { freshState } from '../../../src/train/run/run-state.js';
import { trainEpoch } from '../../../src/train/loop/train-epoch.js';
import type { StepLine } from '../../../src/log/index.js';
import { errorOf } from '../../data/folder.js';
import { batchOf } from '../support/networks.js';

const silent = { update: () => undefined, log: () => undefined, finish: () => undefined };
const listing = { dir: '', classNames: ['a', 'b'], files: ['x'], labels: new Int32Array(1) };

/**
 * A run of one epoch with a batch a letter: `x` is one whose gradient overflows. The scale is halved by every skipped
 * step, and with accumulation a step that has any such batch is skipped.
 */
function runOf(batches: string, { accumulate = 1, scale = 2 ** 16 } = {}) {
  const said: string[] = [];
  const lines: StepLine[] = [];
  const made = { images: 2, weight: 2, loss: 1, correct: 1, augmented: 0, zeroMaps: 0, maskArea: 0 };
  let overflowed = false;
  const skip = (): number => {
    const skippedSteps = Number(overflowed);
    if (overflowed) scale /= 2;
    overflowed = false;
    return skippedSteps;
  };
  const run = {
    recipe: { seed: 0, stage: { enabled: false }, schedule: { epochs: 1, kind: 'constant', warmupEpochs: 0 }, optimizer: { accumulate, learningRate: 1, referenceBatch: null }, checkpoint: { everySteps: null }, log: { every: 2 } }, // prettier-ignore
    state: freshState(listing),
    data: {
      trainingImages: 2 * batches.length,
      training: {
        length: batches.length,
        *batches() {
          for (let number = 0; number < batches.length; number++)
            yield { ...batchOf([[], []], [0, 1]), number };
        },
      },
    },
    network: {
      step: {
        lossScale: { read: () => ({ scale, finiteSteps: 0 }) },
        run({ number }: Batch) {
          overflowed ||= batches[number] === 'x';
          return { ...made, skippedSteps: accumulate === 1 ? skip() : 0 };
        },
        update: skip,
      },
    },
    out: {
      runLog: { step: (line: StepLine) => lines.push(line), flush: () => undefined },
      log: (line: string) => said.push(line),
      progress: () => silent,
    },
    interrupt: { requested: () => false },
    together: alone,
  } as unknown as Run;
  return { run, said, lines };
}

describe('gradients that overflow float16', () => {
  const figures = ({ skippedSteps, lossScale }: StepLine): unknown => [skippedSteps, lossScale];

  it('are counted, and logged with the loss scale', async () => {
    const { run, said, lines } = runOf('x.xx..');
    expect(await trainEpoch(run)).to.include({ isStopped: false });
    expect(run.state).to.include({ step: 6 });
    expect(run.state.sums.skippedSteps).to.equal(3);
    expect(lines.map(figures)).to.deep.equal([[1, 2 ** 15], [2, 2 ** 13], [0, 2 ** 13]]); // prettier-ignore
    expect(said).to.deep.equal([]);
  });

  it('with accumulation are one skipped step', async () => {
    const { run, lines } = runOf('xx....x.', { accumulate: 2 });
    await trainEpoch(run);
    expect(run.state).to.include({ step: 4 });
    expect(run.state.sums.skippedSteps).to.equal(2);
    expect(lines.map(figures)).to.deep.equal([[1, 2 ** 15], [1, 2 ** 14]]); // prettier-ignore
  });

  it('are noted once where no scaling is too much already, and end the run where it goes on so', async () => {
    const { run, said } = runOf('x'.repeat(40), { scale: 4 });
    const error = await errorOf(trainEpoch(run));
    // 4 to 0.5 in three steps, to 2^-15 in 14 more.
    expect(said).to.deep.equal([
      'step 3: the loss scale fell below 1, since gradients overflow float16 without any scaling',
    ]);
    expect(error.name).to.equal('Failure');
    expect(error.message).to.equal(
      'step 17: expected finite gradients at a loss scale of 2^-14 or more, found NaN or infinity; ' +
        'lower optimizer.learningRate, add schedule.warmupEpochs or set optimizer.clipNorm',
    );
  });

  it('may bring the scale down to 2^-14', () => {
    const { run } = runOf('', { scale: 2 ** -14 });
    checkLossScale(run);
  });

  it('are not spoken of in other precisions', async () => {
    const { run, lines } = runOf('..');
    await trainEpoch({ ...run, network: { ...run.network, step: { ...run.network.step, lossScale: null } } });
    expect(lines[0]).to.have.all.keys('kind', 'step', 'epoch', 'loss', 'learningRate', 'imagesPerSecond');
  });
});
