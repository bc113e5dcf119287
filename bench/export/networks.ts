import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  layers,
  model as layersModel,
  sequential,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { classifier, resnet50, vgg19, type Classifier, type Preprocessing } from '../../src/models/index.js';
import { random } from '../../src/random.js';

/** A small network to be exported, and what its images are. */
export interface ExportCase {
  name: string;
  make(): LayersModel;
  /** Height and width of the test images. */
  size: [number, number];
  channels?: 'RGB' | 'BGR';
  withMap?: boolean;
}

const L = layers;
type X = SymbolicTensor;

function functional(shape: (number | null)[], body: (x: X) => X): LayersModel {
  const image = input({ shape });
  return layersModel({ inputs: image, outputs: body(image) });
}

const on = (x: X | X[], layer: layers.Layer): X => layer.apply(x) as X;
const norm = (x: X) => on(x, L.batchNormalization({ epsilon: 1e-3 }));

/** Networks that together hold every layer that can be exported. */
export const cases: ExportCase[] = [
  {
    name: 'resnet, any size, BGR',
    make: () => resnet50({ classes: 3, blocks: [1, 1, 1, 1], width: 4, inputSize: null }),
    size: [40, 48],
    channels: 'BGR',
    withMap: true,
  },
  {
    name: 'vgg',
    make: () => vgg19({ classes: 3, width: 1, hidden: 4, inputSize: 64 }),
    size: [64, 64],
  },
  {
    name: 'padding same: asymmetric, even kernels, dilation, pooling, flatten',
    make: () =>
      functional([15, 14, 3], (image) => {
        let x = on(
          image,
          L.conv2d({ filters: 4, kernelSize: [3, 4], strides: 2, padding: 'same', activation: 'relu' }),
        );
        x = on(
          x,
          L.conv2d({ filters: 5, kernelSize: 3, dilationRate: 2, padding: 'same', activation: 'tanh' }),
        );
        x = on(x, L.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }));
        x = on(
          x,
          L.zeroPadding2d({
            padding: [
              [0, 1],
              [2, 1],
            ],
          }),
        );
        x = on(x, L.averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' }));
        x = on(x, L.flatten());
        x = on(x, L.dropout({ rate: 0.5 }));
        x = norm(on(x, L.dense({ units: 6, activation: 'elu' })));
        return on(x, L.dense({ units: 3, activation: 'softmax' }));
      }),
    size: [15, 14],
  },
  {
    name: 'any size, padding same with strides, depthwise first, BGR',
    make: () =>
      functional([null, null, 3], (image) => {
        let x = on(
          image,
          L.zeroPadding2d({
            padding: [
              [0, 1],
              [0, 1],
            ],
          }),
        );
        x = on(x, L.depthwiseConv2d({ kernelSize: 3, strides: 2, depthMultiplier: 2 }));
        x = on(x, L.reLU({ maxValue: 6 }));
        x = on(
          x,
          L.separableConv2d({
            filters: 6,
            kernelSize: 3,
            strides: 2,
            padding: 'same',
            depthMultiplier: 2,
            activation: 'swish',
          }),
        );
        x = on(x, L.maxPooling2d({ poolSize: 2, padding: 'same' }));
        x = on(x, L.globalAveragePooling2d({}));
        x = on(x, L.reshape({ targetShape: [1, 1, 6] }));
        x = on(x, L.conv2d({ filters: 4, kernelSize: 1 }));
        return on(on(x, L.flatten()), L.activation({ activation: 'softmax' }));
      }),
    size: [21, 18],
    channels: 'BGR',
  },
  {
    name: 'squeeze and excitation, branches, nested model, shared layer',
    make: () => {
      const shared = L.conv2d({ filters: 4, kernelSize: 3, padding: 'same' });
      const nested = sequential({
        layers: [
          L.conv2d({ filters: 4, kernelSize: 1, inputShape: [10, 12, 4] }),
          L.leakyReLU({ alpha: 0.1 }),
        ],
      });
      return functional([10, 12, 3], (image) => {
        let x = norm(on(image, L.conv2d({ filters: 4, kernelSize: 1, activation: 'gelu' })));
        x = on(x, shared);
        x = on(x, shared);
        const squeezed = on(x, L.globalAveragePooling2d({}));
        const gate = on(
          on(squeezed, L.dense({ units: 4, activation: 'sigmoid' })),
          L.reshape({ targetShape: [1, 1, 4] }),
        );
        x = on([x, gate], L.multiply());
        x = on([x, squeezed], L.multiply());
        const branch = on(x, nested);
        x = on([x, branch], L.concatenate());
        const other = on([on(x, L.conv2d({ filters: 4, kernelSize: 1 })), branch], L.maximum());
        const least = on([other, branch], L.minimum());
        x = on([least, branch, other], L.average());
        x = on([x, branch], L.add());
        x = on(x, L.prelu({ sharedAxes: [1, 2] }));
        x = on(x, L.prelu({}));
        return on(on(x, L.globalMaxPooling2d({})), L.dense({ units: 3 }));
      });
    },
    size: [10, 12],
  },
  {
    name: 'layer normalization over channels, dense on images, transposed convolution, upsampling, cropping',
    make: () =>
      functional([9, 8, 3], (image) => {
        let x = on(image, L.rescaling({ scale: 0.5, offset: 0.25 }));
        x = on(x, L.conv2d({ filters: 6, kernelSize: 2, strides: 2, padding: 'same' }));
        x = on(x, L.layerNormalization({ epsilon: 1e-3 }));
        x = on(on(x, L.dense({ units: 8, activation: 'mish' })), L.dense({ units: 4 }));
        x = on(x, L.conv2dTranspose({ filters: 5, kernelSize: 3, strides: 2, padding: 'same' }));
        x = on(x, L.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 3 }));
        x = on(x, L.upSampling2d({ size: [2, 1] }));
        x = on(x, L.upSampling2d({ size: [1, 2], interpolation: 'bilinear' }));
        x = on(
          x,
          L.cropping2D({
            cropping: [
              [1, 0],
              [2, 3],
            ],
          }),
        );
        x = on(x, L.maxPooling2d({ poolSize: 6, strides: 5 }));
        x = on(x, L.layerNormalization({ axis: [1, 3] }));
        return on(on(x, L.flatten()), L.dense({ units: 3 }));
      }),
    size: [9, 8],
  },
  {
    name: 'patches as a sequence: reshape, dense, layer normalization, repeat, permute',
    make: () =>
      functional([8, 12, 3], (image) => {
        let x = on(image, L.conv2d({ filters: 6, kernelSize: 4, strides: 4 }));
        x = on(x, L.reshape({ targetShape: [6, 6] }));
        x = on(x, L.layerNormalization({}));
        x = norm(on(x, L.dense({ units: 5, activation: 'gelu_new' })));
        x = on(x, L.permute({ dims: [2, 1] }));
        x = on(x, L.dense({ units: 4, activation: 'softmax' }));
        const mean = on(x, L.globalAveragePooling1d());
        x = on([x, on(mean, L.repeatVector({ n: 5 }))], L.add());
        x = on([on(x, L.globalMaxPooling1d()), mean], L.concatenate());
        return on(x, L.dense({ units: 2, activation: 'linear' }));
      }),
    size: [8, 12],
  },
  {
    name: 'one gray channel, one sigmoid output, activations',
    make: () =>
      functional([7, 7, 1], (image) => {
        let x = on(image, L.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'selu' }));
        for (const activation of ['softplus', 'softsign', 'hardSigmoid', 'relu6'] as const) {
          x = on(x, L.conv2d({ filters: 3, kernelSize: 3, activation: 'linear', padding: 'same' }));
          x = on(x, L.activation({ activation }));
        }
        x = on(on(x, L.elu()), L.thresholdedReLU({ theta: 0.1 }));
        x = on(x, L.gaussianNoise({ stddev: 1 }));
        return on(on(x, L.flatten()), L.dense({ units: 1, activation: 'sigmoid' }));
      }),
    size: [7, 7],
  },
];

/** A case's network, its weights drawn so that every one of them matters. */
export function networkOf({ make, channels = 'RGB', size }: ExportCase): Classifier {
  const model = make();
  drawWeights(model);
  const preprocessing: Preprocessing = {
    resize: size[0],
    crop: size[0],
    interpolation: 'bilinear',
    channels,
    scale: 1 / 255,
    mean: [0.4, 0.5, 0.6],
    std: [0.2, 0.25, 0.3],
  };
  return classifier(model, { preprocessing });
}

/** Draws the weights of a network so that every one of them matters. */
export function drawWeights(model: LayersModel): void {
  const next = random(7);
  for (const variable of model.weights) {
    const shape = variable.shape as number[];
    const isScale = /gamma|variance/.test(variable.originalName);
    const fanIn = shape.slice(0, -1).reduce((product, length) => product * length, 1);
    const draw = () =>
      isScale ? 0.5 + next() : (next() * 2 - 1) * (shape.length > 1 ? 1.7 / Math.sqrt(fanIn) : 0.5);
    const count = shape.reduce((product, length) => product * length, 1);
    const drawn = tf.tensor(Float32Array.from({ length: count }, draw), shape);
    variable.write(drawn);
    drawn.dispose();
  }
}

/** Pixels [2, H, W, 3], 0..255. */
export function pixelsFor([height, width]: [number, number]): tf.Tensor4D {
  const next = random(11);
  const values = Float32Array.from({ length: 2 * height * width * 3 }, () => Math.floor(256 * next()));
  return tf.tensor4d(values, [2, height, width, 3]);
}
