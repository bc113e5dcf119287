import { expect } from 'chai';
import { learningRateAt, type Recipe } from '../../../src/train/index.js';

type Schedule = Omit<Recipe['schedule'], 'stop' | 'validateEvery'>;

const base: Schedule = {
  epochs: 8,
  kind: 'constant',
  every: 3,
  factor: 0.1,
  milestones: [],
  warmupEpochs: 0,
  minimum: 0,
  finalEpochs: 0,
  finalRate: 0.1,
};

function rates(schedule: Partial<Schedule>, epochs: number[]): number[] {
  return epochs.map((epoch) => learningRateAt({ ...base, ...schedule }, 2, epoch));
}

function near(found: number[], expected: number[]): void {
  expect(found).to.have.length(expected.length);
  found.forEach((value, index) => expect(value, `at place ${index}`).to.be.closeTo(expected[index]!, 1e-12));
}

describe('learningRateAt', () => {
  it('constant: stays', () => near(rates({}, [0, 3.7, 8]), [2, 2, 2]));

  it('step: falls at the start of every third epoch, not before (PyTorch StepLR)', () =>
    near(rates({ kind: 'step' }, [0, 2.99, 3, 5.99, 6, 8]), [2, 2, 0.2, 0.2, 0.02, 0.02]));

  it("the paper's: 1e-3 for 15 epochs, then a tenth", () => {
    const paper = { ...base, kind: 'step', epochs: 20, every: 15 } as const;
    near(
      [0, 14.9, 15, 19.9].map((epoch) => learningRateAt(paper, 1e-3, epoch)),
      [1e-3, 1e-3, 1e-4, 1e-4],
    );
  });

  it('multi-step: falls at each milestone (PyTorch MultiStepLR)', () =>
    near(
      rates({ kind: 'multi-step', milestones: [2, 5], factor: 0.5 }, [0, 1.9, 2, 4.9, 5, 7]),
      [2, 2, 1, 1, 0.5, 0.5],
    ));

  it('cosine: full at the start, half of the way in the middle, the minimum at the end and after it', () =>
    near(rates({ kind: 'cosine', minimum: 1 }, [0, 2, 4, 8, 9]), [
      2,
      1 + 0.5 * (1 + Math.SQRT1_2),
      1.5,
      1,
      1,
    ]));

  it('warm-up: rises linearly from zero, on the schedule that runs below it', () => {
    near(rates({ warmupEpochs: 2 }, [0, 0.5, 1, 1.5, 2, 3]), [0, 0.5, 1, 1.5, 2, 2]);
    near(rates({ kind: 'step', every: 1, warmupEpochs: 2 }, [1, 1.5, 2]), [0.1, 0.15, 0.02]);
  });

  it('final epochs have a rate of their own, and the cosine is over before them', () => {
    const cosine = { kind: 'cosine', epochs: 4 } as const;
    const whole = rates(cosine, [0, 1, 2, 3.5]);
    near(rates({ ...cosine, epochs: 6, finalEpochs: 2 }, [0, 1, 2, 3.5, 4, 5.9]), [...whole, 0.2, 0.2]);
    near(rates({ ...cosine, epochs: 6, finalEpochs: 2, finalRate: 0.5 }, [4]), [1]);
  });
});
