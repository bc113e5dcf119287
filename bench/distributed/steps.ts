import * as tf from '@tensorflow/tfjs-core';
import { joinGroup, soloGroup, type Group } from '../../src/distributed/index.js';
import { endWithParent } from '../../src/distributed/launch/index.js';
import { findPlace } from '../../src/distributed/place/index.js';
import { classifier, resnet50, torchvisionPreprocessing } from '../../src/models/index.js';
import { random } from '../../src/random.js';
import { compile, loadTensorflow } from '../../src/tensorflow/index.js';
import { parametersOf, training } from '../../src/train/index.js';

export interface StepsOptions {
  /** Images of a process in a step. */
  batch: number;
  /** Side of an image, pixels. */
  size: number;
  /** Timed steps of each kind. */
  steps: number;
  wire: 'float32' | 'bfloat16';
}

/** One of the processes: rank 0 prints what all have found. */
export async function steps({ batch, size, steps, wire }: StepsOptions): Promise<void> {
  endWithParent(process.env);
  const place = findPlace(process.env);
  const group = place ? await joinGroup(place) : soloGroup();
  await loadTensorflow();
  await tf.setBackend('tensorflow');
  const network = classifier(resnet50({ classes: 1000, inputSize: null, seed: 1 }));
  const parameters = parametersOf(network.model, { freeze: [], freezeNorm: false, decayNormAndBias: true, headFactor: 1 }); // prettier-ignore
  const optimizer = {
    name: 'sgd',
    momentum: 0.9,
    nesterov: false,
    weightDecay: 1e-4,
    clipNorm: null,
  } as const;
  const plain = { preprocessing: torchvisionPreprocessing, parameters, optimizer, labelSmoothing: 0, stage: null, precision: 'float32', accumulates: false } as const; // prettier-ignore
  const images = noise(batch, size);
  const nobody = new Int32Array();

  const alone = training(network, plain);
  const withoutReducing = await fastest(group, steps, () => void alone.run(images, nobody, 1e-4));
  alone.dispose();
  if (group.size === 1) {
    print({
      processes: 1,
      batch,
      size,
      step: withoutReducing.time,
      stepProcessor: withoutReducing.processor,
      imagesPerSecond: (1000 * batch) / withoutReducing.time,
    });
    return;
  }
  const together = training(network, { ...plain, ranks: group, wire });
  const step = await fastest(group, steps, () => void together.run(images, nobody, 1e-4));
  together.dispose();
  const gradients = parameters.trained.map(({ variable }) => tf.ones(variable.shape));
  const reduce = compile(() =>
    tf.tidy(() => tf.addN(group.sum(gradients, { wire }).map((sum) => tf.sum(sum)))),
  );
  const reducing = await fastest(group, steps, () => void tf.tidy(() => reduce().dataSync()));
  if (group.rank === 0) {
    print({
      processes: group.size,
      batch,
      size,
      wire,
      step: step.time,
      withoutReducing: withoutReducing.time,
      reducing: reducing.time,
      hidden: 1 - (step.time - withoutReducing.time) / reducing.time,
      imagesPerSecond: (1000 * batch * group.size) / step.time,
      stepProcessor: step.processor,
      withoutReducingProcessor: withoutReducing.processor,
      reducingProcessor: reducing.processor,
    });
  }
  await group.leave();
}

/** Milliseconds of a round. */
interface Round {
  /** By the clock, of the slowest process. */
  time: number;
  /** Processor time of this process, which other work on the machine disturbs less. */
  processor: number;
}

/** The least of some rounds, each begun by all processes at once. */
async function fastest(group: Group, rounds: number, run: () => void): Promise<Round> {
  const all: Round[] = [];
  // The first traces, the second warms up.
  for (let round = -2; round < rounds; round++) {
    await group.barrier();
    const started = performance.now();
    const worked = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(worked);
    const time = Math.max(...(await group.gather(performance.now() - started)));
    if (round >= 0) all.push({ time, processor: (user + system) / 1e3 });
  }
  return {
    time: Math.min(...all.map(({ time }) => time)),
    processor: Math.min(...all.map(({ processor }) => processor)),
  };
}

function noise(count: number, size: number) {
  const next = random(1);
  return {
    number: 0,
    pixels: Uint8Array.from({ length: count * size * size * 3 }, () => 256 * next()),
    shape: [count, size, size, 3] as [number, number, number, 3],
    labels: Int32Array.from({ length: count }, (_, index) => index),
    files: [],
    crops: [],
  };
}

function print(result: Record<string, number | string>): void {
  console.log(JSON.stringify(result, (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value))); // prettier-ignore
}
