import * as tf from '@tensorflow/tfjs-core';
import { layers, model as layersModel, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { loadModel, type Preprocessing } from '../../src/models/index.js';
import { compile } from '../../src/tensorflow/index.js';
import { normalize } from '../../src/models/index.js';

/** A frozen trunk: pixels to pooled features, on which heads are trained in seconds. */
export interface Trunk {
  preprocessing: Preprocessing;
  channels: number;
  features(pixels: readonly Uint8Array[]): Float32Array[];
  /** The trunk with a head: [channels, classes] and [classes]. */
  withHead(kernel: tf.Tensor2D, bias: tf.Tensor1D): LayersModel;
}

export async function openTrunk(weights: string, layer: string, size: number): Promise<Trunk> {
  const { model, preprocessing } = await loadModel(weights);
  const cut = model.getLayer(layer).output as SymbolicTensor;
  const pooled = layers.globalAveragePooling2d({ name: 'pool' }).apply(cut) as SymbolicTensor;
  const channels = cut.shape.at(-1)!;
  const trunk = layersModel({ inputs: model.inputs, outputs: pooled });
  const run = compile(
    (pixels: tf.Tensor4D) => tf.tidy(() => trunk.predict(normalize(pixels, preprocessing)) as tf.Tensor2D),
    { name: 'trunk', onNote: () => undefined },
  );
  const features = (pixels: readonly Uint8Array[]): Float32Array[] => {
    const out: Float32Array[] = [];
    for (let from = 0; from < pixels.length; from += 32) {
      const part = pixels.slice(from, from + 32);
      const bytes = new Uint8Array(part.length * size * size * 3);
      part.forEach((image, at) => bytes.set(image, at * image.length));
      const found = run({ pixels: bytes, shape: [part.length, size, size, 3] });
      const values = found.dataSync<'float32'>();
      found.dispose();
      part.forEach((_, at) => out.push(values.slice(at * channels, (at + 1) * channels)));
    }
    return out;
  };
  return {
    preprocessing,
    channels,
    features,
    withHead: (kernel, bias) => {
      const dense = layers.dense({ units: bias.shape[0], name: `head${Math.random()}`.replace('.', '') });
      const logits = dense.apply(pooled) as SymbolicTensor;
      dense.setWeights([kernel, bias]);
      return layersModel({ inputs: model.inputs, outputs: logits });
    },
  };
}

/** Logistic regression by full-batch Adam on features as they are, scaled to unit deviation inside. */
export function trainHead(
  features: readonly Float32Array[],
  labels: ArrayLike<number>,
  classes: number,
  { steps = 150, decay = 1e-3, rate = 0.01, seed = 0 } = {},
): { kernel: tf.Tensor2D; bias: tf.Tensor1D } {
  const channels = features[0]!.length;
  const x = tf.tensor2d(Float32Array.from(features.flatMap((row) => [...row])), [features.length, channels]);
  const y = tf.oneHot(tf.tensor1d(Array.from(labels), 'int32'), classes);
  const scale = tf.tidy(() => tf.maximum(tf.sqrt(tf.mean(tf.square(tf.sub(x, tf.mean(x, 0))), 0)), 1e-3));
  const mean = tf.tidy(() => tf.mean(x, 0));
  const z = tf.tidy(() => tf.div<tf.Tensor2D>(tf.sub(x, mean), scale));
  const w = tf.variable<tf.Rank.R2>(tf.randomNormal([channels, classes], 0, 0.001, 'float32', seed));
  const b = tf.variable<tf.Rank.R1>(tf.zeros([classes]));
  const optimizer = tf.train.adam(rate);
  for (let step = 0; step < steps; step++) {
    optimizer.minimize(
      () => {
        const logits = tf.add(tf.matMul(z, w), b);
        const loss = tf.neg(tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(logits)), 1)));
        return tf.add<tf.Scalar>(loss, tf.mul(tf.sum(tf.square(w)), decay));
      },
      false,
      [w, b],
    );
  }
  const [kernel, bias] = tf.tidy(() => {
    const scaled = tf.div<tf.Tensor2D>(w, tf.expandDims(scale, 1));
    const shift = tf.sum(tf.mul(scaled, tf.expandDims(mean, 1)), 0);
    return [scaled, tf.sub<tf.Tensor1D>(b, shift)] as const;
  });
  tf.dispose([x, y, z, scale, mean, w, b]);
  optimizer.dispose();
  return { kernel, bias };
}
