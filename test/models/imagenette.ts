// The logits of a real ResNet-50 on real photographs, as one line of JSON: a process of its own, because the native
// backend must be there before the first tensor. Arguments: weights, folder that the image paths start from, images.
import { loadTensorflow } from '../../src/tensorflow/index.js';
import sharp from 'sharp';

const [weights, folder, ...files] = process.argv.slice(2) as [string, string, ...string[]];
await loadTensorflow();
const tf = await import('@tensorflow/tfjs-core');
const { classifier, loadModel, normalize } = await import('../../src/models/index.js');
const { model, ...information } = await loadModel(weights);
const network = classifier(model, information);
const logits: number[][] = [];
for (const file of files) {
  const { data, info } = await sharp(`${folder}/${file}`)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = tf.tensor4d(new Int32Array(data), [1, info.height, info.width, 3]);
  const result = tf.tidy(() => network.logits(normalize(pixels, information.preprocessing)));
  logits.push([...(await result.data())]);
  tf.dispose([pixels, result]);
}
console.log(JSON.stringify(logits));
