import * as tf from '@tensorflow/tfjs-core';
import { layers, model, sequential, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { classifier, type Classifier } from '../../src/models/index.js';
import {
  LayerNorm,
  LearnedTokens,
  PositionEmbedding,
  SelfAttention,
  TakeToken,
} from '../../src/models/layers/index.js';
import { random } from '../../src/random.js';

/** Small networks of the kinds that people bring, each with what is special about it. */
export const networks: Record<string, () => Classifier> = {
  'pooling and dense, not square': () => {
    const input = image([14, 10, 3]);
    let x = apply(
      input,
      layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
    );
    x = apply(x, layers.conv2d({ filters: 7, kernelSize: 3, padding: 'same', activation: 'relu' }));
    x = apply(x, layers.globalAveragePooling2d({}));
    return seen(model({ inputs: input, outputs: apply(x, layers.dense({ units: 3 })) }));
  },
  'depthwise, batch norm, ReLU6, softmax as MobileNet': () => {
    const input = image([12, 12, 3]);
    let x = apply(
      input,
      layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', useBias: false }),
    );
    x = apply(apply(x, layers.batchNormalization({})), layers.reLU({ maxValue: 6 }));
    x = apply(x, layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false }));
    x = apply(apply(x, layers.batchNormalization({})), layers.reLU({ maxValue: 6 }));
    x = apply(x, layers.conv2d({ filters: 5, kernelSize: 1, activation: 'relu6' }));
    x = apply(apply(x, layers.globalAveragePooling2d({})), layers.reshape({ targetShape: [1, 1, 5] }));
    x = apply(apply(x, layers.dropout({ rate: 0.5 })), layers.conv2d({ filters: 4, kernelSize: 1 }));
    x = apply(apply(x, layers.reshape({ targetShape: [4] })), layers.activation({ activation: 'softmax' }));
    return seen(model({ inputs: input, outputs: x }));
  },
  'sequential VGG with a fused softmax': () =>
    seen(
      sequential({
        layers: [
          layers.conv2d({
            inputShape: [12, 12, 3],
            filters: 5,
            kernelSize: 3,
            padding: 'same',
            activation: 'relu',
          }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.flatten(),
          layers.dense({ units: 6, activation: 'relu' }),
          layers.dense({ units: 4, activation: 'softmax' }),
        ],
      }),
    ),
  'a trained base inside of a new model': () => {
    const input = image([10, 10, 3]);
    const inside = apply(input, layers.conv2d({ filters: 9, kernelSize: 3, activation: 'relu' }));
    const base = model({ inputs: input, outputs: inside, name: 'base' });
    return seen(
      sequential({
        layers: [base, layers.globalAveragePooling2d({}), layers.dense({ units: 3, activation: 'softmax' })],
      }),
    );
  },
  'one sigmoid unit, grayscale': () => {
    const input = image([12, 8, 1]);
    let x = apply(input, layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu' }));
    x = apply(x, layers.globalAveragePooling2d({}));
    return seen(
      model({ inputs: input, outputs: apply(x, layers.dense({ units: 1, activation: 'sigmoid' })) }),
    );
  },
  'a thousand classes, any size': () => {
    const input = image([null, null, 3]);
    let x = apply(
      input,
      layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
    );
    x = apply(x, layers.globalAveragePooling2d({}));
    return seen(model({ inputs: input, outputs: apply(x, layers.dense({ units: 1000 })) }));
  },
  'a vision transformer, not square': () => {
    const input = image([8, 12, 3]);
    let x = apply(input, layers.conv2d({ filters: 8, kernelSize: 4, strides: 4 }));
    x = apply(x, layers.reshape({ targetShape: [6, 8] }));
    x = apply(x, new LearnedTokens({ count: 1, at: 0 }));
    x = apply(x, new PositionEmbedding());
    for (let block = 0; block < 2; block++) {
      let y = apply(apply(x, new LayerNorm({ epsilon: 1e-6 })), layers.dense({ units: 24 }));
      y = apply(apply(y, new SelfAttention({ heads: 2 })), layers.dense({ units: 8 }));
      x = layers.add().apply([x, y]) as SymbolicTensor;
      y = apply(apply(x, new LayerNorm({ epsilon: 1e-6 })), layers.dense({ units: 9, activation: 'relu' }));
      x = layers.add().apply([x, apply(y, layers.dense({ units: 8 }))]) as SymbolicTensor;
    }
    x = apply(apply(x, new LayerNorm({ epsilon: 1e-6 })), new TakeToken({ index: 0 }));
    return seen(model({ inputs: input, outputs: apply(x, layers.dense({ units: 3 })) }));
  },
  'dead: no activation, no gradient': () => {
    const bias = { biasInitializer: { className: 'Constant', config: { value: -100 } } as never };
    const input = image([8, 8, 3]);
    let x = apply(
      input,
      layers.conv2d({ filters: 5, kernelSize: 3, padding: 'same', activation: 'relu', ...bias }),
    );
    x = apply(x, layers.globalAveragePooling2d({}));
    return seen(model({ inputs: input, outputs: apply(x, layers.dense({ units: 3 })) }));
  },
};

function image(shape: [number | null, number | null, number]): SymbolicTensor {
  return layers.input({ shape });
}

function apply(x: SymbolicTensor, layer: layers.Layer): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}

/** The network with seeded kernels of a size that gives distinct, moderate logits. */
function seen(network: LayersModel): Classifier {
  const next = random(11);
  for (const variable of network.weights) {
    if (!/kernel|tokens|positions|layer_norm.*gamma/.test(variable.name)) continue;
    const shape = variable.shape as number[];
    const size = shape.reduce((product, side) => product * side, 1);
    // As many inputs as a unit has make it larger; a saturated softmax would have nothing to explain.
    const scale = 3 / Math.sqrt(size / shape.at(-1)!);
    const values = Float32Array.from({ length: size }, () => scale * (next() - 0.45));
    const tensor = tf.tensor(values, variable.shape as number[]);
    variable.write(tensor);
    tensor.dispose();
  }
  return classifier(network);
}

/** Images for a network, seeded: [N, H, W, C] with structure of several sizes. */
export function imagesFor({ inputShape: [height, width, channels] }: Classifier, count: number): tf.Tensor4D {
  return tf.randomNormal([count, height ?? 9, width ?? 11, channels], 0, 1, 'float32', 5);
}
