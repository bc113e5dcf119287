import type { ScheduleRecipe } from '../recipe/index.js';

/**
 * The learning rate at a point of the run. step and multi-step reduce at the start of an epoch, as PyTorch's StepLR and
 * MultiStepLR; cosine (Loshchilov & Hutter 2017) and the linear warm-up move with every step. During warm-up the
 * schedule below it runs already. The last `finalEpochs` have a rate of their own; the schedule is over before them.
 *
 * @param height learning rate at the schedule's height
 * @param epoch completed epochs, with a fraction inside an epoch
 */
export function learningRateAt(schedule: ScheduleRecipe, height: number, epoch: number): number {
  const { warmupEpochs } = schedule;
  const warm = epoch < warmupEpochs ? epoch / warmupEpochs : 1;
  return warm * scheduled(schedule, height, epoch);
}

function scheduled(schedule: ScheduleRecipe, height: number, epoch: number): number {
  const { kind, every, factor, milestones, minimum, finalEpochs, finalRate } = schedule;
  const epochs = schedule.epochs - finalEpochs;
  if (finalEpochs > 0 && epoch >= epochs) return height * finalRate;
  switch (kind) {
    case 'constant':
      return height;
    case 'step':
      return height * factor ** Math.floor(epoch / every);
    case 'multi-step':
      return height * factor ** milestones.filter((milestone) => epoch >= milestone).length;
    case 'cosine':
      return minimum + (height - minimum) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, epoch / epochs)));
  }
}
