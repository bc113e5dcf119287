import * as tf from '@tensorflow/tfjs-core';
import { joinGroup, lonelyGroup, type Group } from '../../src/distributed/index.js';
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
  const group = place ? await joinGroup(place) : lonelyGroup();
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
      step: withoutReducing,
      imagesPerSecond: (1000 * batch) / withoutReducing,
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
  const hidden = 1 - (step - withoutReducing) / reducing;
  const imagesPerSecond = (1000 * batch * group.size) / step;
  if (group.rank === 0) print({ processes: group.size, batch, size, wire, step, withoutReducing, reducing, hidden, imagesPerSecond }); // prettier-ignore
  await group.leave();
}

/** The fastest of some rounds in milliseconds, each begun by all processes at once; a round takes as long as its slowest. */
async function fastest(group: Group, rounds: number, run: () => void): Promise<number> {
  const times: number[] = [];
  // The first traces, the second warms up.
  for (let round = -2; round < rounds; round++) {
    await group.barrier();
    const started = performance.now();
    run();
    const all = await group.gather(performance.now() - started);
    if (round >= 0) times.push(Math.max(...all));
  }
  return Math.min(...times);
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
