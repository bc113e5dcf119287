import type { LayersModel } from '@tensorflow/tfjs-layers';
import { invalid, phrase } from '../../errors.js';
import type { Memory } from '../../process/memory.js';
import { activationCount } from '../../models/index.js';
import type { Runtime } from '../../tensorflow/index.js';
import type { Recipe } from '../recipe/index.js';
import type { Parameters } from '../step/index.js';

const PROCESS_BYTES = 600e6;
/** Activations that a backward pass keeps, bytes an input pixel, measured on ResNet-50. */
const BYTES_A_PIXEL = 1900;
/** The same over what the layers of ResNet-50 give (39.3 million numbers an image of 224 pixels): norms and ReLUs are computed with what stands before them. */
const KEPT_BYTES_A_VALUE = (BYTES_A_PIXEL * 224 ** 2) / 39342292;

/** The parts of a recipe that memory depends on. */
type Shared = Pick<Recipe, 'data' | 'stage' | 'model' | 'optimizer'>;

/**
 * The peak memory of a process that trains, bytes, roughly: weights with what the optimizer keeps of each, and the
 * activations of a batch from the first layer on that is trained.
 *
 * @param processes that share a batch
 */
export function memoryNeeded(
  { data, stage, model: wanted, optimizer }: Shared,
  model: LayersModel,
  { trained }: Parameters,
  processes = 1,
): number {
  const copies =
    3 +
    (wanted.ema === null ? 0 : 1) +
    (optimizer.name === 'adamw' ? 1 : 0) +
    (optimizer.accumulate > 1 ? 1 : 0);
  const own = Math.ceil(data.batchSize / processes);
  const learned = stage.enabled && stage.consistency > 0 ? own * (1 + stage.probability) : own;
  const kept = learned * bytesKept(model, data.size, startsAt(trained));
  // Queries keep nothing for a backward pass.
  const asked = stage.enabled ? (stage.chunk / 2) * bytesKept(model, data.size, () => true) : 0;
  return PROCESS_BYTES + 4 * model.countParams() * copies + Math.max(kept, asked);
}

function bytesKept(model: LayersModel, size: number, counts: (layer: string) => boolean): number {
  const values = activationCount(model, size, counts);
  return values === undefined ? BYTES_A_PIXEL * size ** 2 : KEPT_BYTES_A_VALUE * values;
}

/** Says of the layers of a network, asked in their order, whether a gradient goes through them. */
function startsAt(trained: Parameters['trained']): (layer: string) => boolean {
  const learning = new Set(trained.map(({ layer }) => layer));
  let started = false;
  return (layer) => (started ||= learning.has(layer));
}

/** What a run is to be made with. */
export interface Surroundings {
  /** Of this machine. */
  memory: Memory;
  /** Undefined where there is no native runtime. */
  device: Runtime['device'] | undefined;
  /** Processes that share a batch; default 1. */
  processes?: number | undefined;
  /** Runs that go on beside each other; default 1. */
  runs?: number | undefined;
}

/** So many times all the memory of a machine are no error of the estimate, and no swap helps. */
const TOO_MANY_TIMES = 4;

/**
 * What to say of a run that needs more memory than there is: the system would end it without a word. A GPU has memory of
 * its own, and TensorFlow says what it lacks.
 *
 * @returns a warning, or undefined where the run fits
 * @throws InvalidInput where it cannot fit
 */
export function memoryWarning(
  recipe: Shared,
  model: LayersModel,
  parameters: Parameters,
  { memory: { free, total }, device, processes, runs = 1 }: Surroundings,
): string | undefined {
  if (device === 'gpu') return undefined;
  const needed = runs * memoryNeeded(recipe, model, parameters, processes);
  if (needed <= free) return undefined;
  const { batchSize, size } = recipe.data;
  const what = `about ${inGb(needed)} for batches of ${batchSize} images of ${size} px${runs > 1 ? `, ${runs} runs at a time` : ''}`;
  const fix =
    'lower data.batchSize (optimizer.accumulate keeps the steps as large) or data.size, or freeze more layers';
  if (needed > TOO_MANY_TIMES * total)
    throw invalid('memory', `a run that fits into the ${inGb(total)} of this machine`, phrase(what), fix);
  return `memory: ${what}, but ${inGb(free)} are free, and the system may end the run without a word; ${fix}`;
}

function inGb(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
