import { layers, type LayersModel, sequential } from '@tensorflow/tfjs-layers';

/** A network of tfjs-examples' mnist-node, with the batch and the optimizer of its example. */
export interface Example {
  batch: number;
  optimizer: 'sgd' | 'rmsprop';
  learningRate: number;
  network: () => LayersModel;
}

const inputShape = [28, 28, 1];

/** Two versions of the example: as it began, and as it was when tensorflow/tfjs#628 was filed. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  small: {
    batch: 64,
    optimizer: 'sgd',
    learningRate: 0.15,
    network: () =>
      sequential({
        layers: [
          layers.conv2d({ inputShape, filters: 8, kernelSize: 5, activation: 'relu' }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.conv2d({ filters: 16, kernelSize: 5, activation: 'relu' }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.flatten(),
          layers.dense({ units: 10, activation: 'softmax' }),
        ],
      }),
  },
  large: {
    batch: 128,
    optimizer: 'rmsprop',
    learningRate: 0.001,
    network: () =>
      sequential({
        layers: [
          layers.conv2d({ inputShape, filters: 32, kernelSize: 3, activation: 'relu' }),
          layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
          layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.flatten(),
          layers.dropout({ rate: 0.25 }),
          layers.dense({ units: 512, activation: 'relu' }),
          layers.dropout({ rate: 0.5 }),
          layers.dense({ units: 10, activation: 'softmax' }),
        ],
      }),
  },
};

/** What a timing program is called with: the name of an example and how many batches a repeat takes. */
export function options(): { example: Example; batches: number; repeats: number } {
  const [name = 'small', batches = '20', repeats = '5'] = process.argv.slice(2);
  const example = EXAMPLES[name];
  if (!example) throw new Error(`expected one of ${Object.keys(EXAMPLES).join(', ')}, found ${name}`);
  return { example, batches: Number(batches), repeats: Number(repeats) };
}

/** Digits as they could be: noise with a bright bar whose place is the class. */
export function digits(count: number): { images: Float32Array; labels: Float32Array } {
  const images = Float32Array.from({ length: count * 784 }, (_, i) => {
    const [image, row] = [Math.floor(i / 784), Math.floor((i % 784) / 28)];
    const bright = Math.floor(row / 2) - 2 === image % 10;
    return bright ? 0.8 : 0.3 * Math.abs(Math.sin(i * 12.9898 + i * i * 0.01));
  });
  const labels = Float32Array.from({ length: count * 10 }, (_, i) =>
    Number(Math.floor(i / 10) % 10 === i % 10),
  );
  return { images, labels };
}
