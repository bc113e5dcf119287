import * as tf from '@tensorflow/tfjs-core';
import { model as layersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { normalize, type Classifier } from '../../src/models/index.js';
import { networkInput } from '../../src/models/network-input.js';
import { pixelValuesOf } from '../../src/models/export/pixel-values.js';

/** What an exported network is fed with, and what has to come out. */
export interface Expected {
  /** float32 [N, 3, H, W]. */
  pixelValues: { values: Float32Array; shape: number[] };
  /** float32 [N, classes]. */
  logits: { values: Float32Array; shape: number[] };
  /** float32 [N, h, w], of networks with a map in closed form. */
  map?: { values: Float32Array; shape: number[] };
}

/**
 * Input and outputs of a network for some pixels, computed by camtune.
 *
 * @param pixels [N, H, W, 3], RGB, 0..255; disposed of
 */
export function expectedOf(network: Classifier, pixels: tf.Tensor4D, withMap: boolean): Expected {
  const preprocessing = network.preprocessing!;
  const { scale, mean, std, resize, crop, interpolation } = pixelValuesOf(network, preprocessing)!;
  const rgb = {
    ...{ resize, crop: Math.max(...crop), interpolation, channels: 'RGB' as const, scale },
    ...{ mean: mean as [number, number, number], std: std as [number, number, number] },
  };
  return tf.tidy(() => {
    const pixelValues = tf.transpose(normalize(pixels, rgb), [0, 3, 1, 2]);
    const images = networkInput(network, preprocessing).prepare(pixels);
    const logits = network.logits(images);
    pixels.dispose();
    return {
      pixelValues: kept(pixelValues),
      logits: kept(logits),
      ...(withMap && { map: kept(camOf(network, images, logits)) }),
    };
  });
}

/** CAM of the most likely class, [N, h, w], min-max to [0, 1]; written apart from the exported one. */
export function camOf(network: Classifier, images: tf.Tensor4D, logits: tf.Tensor2D): tf.Tensor3D {
  const activations = network.activations(images);
  const kernel = network.linearHead!();
  const winners = tf.argMax(logits, 1).dataSync();
  const maps = [...winners].map((winner, image) => {
    const weights = tf.reshape(tf.slice(kernel, [0, winner], [-1, 1]), [-1]);
    const map = tf.sum(tf.mul(tf.gather(activations, image), weights), 2);
    return tf.div(tf.sub(map, tf.min(map)), tf.sub(tf.max(map), tf.min(map)));
  });
  return tf.stack(maps) as tf.Tensor3D;
}

/** What the class token takes of each patch in a transformer's last attention, [N, h, w], min-max to [0, 1]. */
export function attentionOf(model: LayersModel, images: tf.Tensor4D): tf.Tensor3D {
  const last = (name: string) => model.layers.findLast((layer) => layer.getClassName() === name)!;
  const layer = last('SelfAttention');
  const { heads } = layer as unknown as { heads: number };
  const { prefix, rows, columns } = last('TokenGrid').getConfig() as Record<string, number>;
  const before = layersModel({ inputs: model.inputs, outputs: layer.input });
  return tf.tidy(() => {
    const [queries, keys] = tf.split<tf.Tensor3D>(before.predict(images) as tf.Tensor3D, 3, 2);
    const depth = queries!.shape[2] / heads;
    const maps = Array.from({ length: heads }, (_, head) => {
      const of = (x: tf.Tensor3D) => tf.slice(x, [0, 0, head * depth], [-1, -1, depth]);
      const scores = tf.matMul(of(queries!), of(keys!), false, true);
      return tf.slice(tf.softmax(tf.div(scores, Math.sqrt(depth))), [0, 0, prefix!], [-1, 1, -1]);
    });
    const mean = tf.squeeze(tf.mean(tf.stack(maps), 0), [1]);
    const low = tf.min(mean, 1, true);
    const map = tf.div(tf.sub(mean, low), tf.sub(tf.max(mean, 1, true), low));
    return tf.reshape(map, [images.shape[0], rows!, columns!]);
  });
}

function kept(tensor: tf.Tensor): { values: Float32Array; shape: number[] } {
  return { values: new Float32Array(tensor.dataSync()), shape: tensor.shape };
}
