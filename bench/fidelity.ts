// How nearly the same masks a cheaper stage makes as the exact one, on real images.
//   npx tsx bench/fidelity.ts --weights checkpoints/resnet50-imagenette --data FOLDER [--images 200] [--size 224]
//     [--only 'exact,8 groups,...']
// FOLDER has one folder of images a class, with names of the network's classes.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { blurOutside, stage, stageOptions, type StageOptions } from '../src/augment/index.js';
import { imageReader, listImages } from '../src/data/index.js';
import { classifier, loadModel, normalize } from '../src/models/index.js';
import { permutation, random } from '../src/random.js';
import { compile, loadTensorflow } from '../src/tensorflow/index.js';
import { maskOfMaskedActivations } from './masked-activations.js';

const { values } = parseArgs({
  options: {
    weights: { type: 'string', default: 'checkpoints/resnet50-imagenette' },
    data: { type: 'string' },
    images: { type: 'string', default: '200' },
    size: { type: 'string', default: '224' },
    only: { type: 'string' },
  },
});
if (!values.data) throw new Error('--data: expected a folder with one folder of images a class');

interface Cut {
  name: string;
  options: Partial<StageOptions>;
  /** Queries mask the activations of this layer, and ask what is behind it. */
  layer?: string;
}

const all: Cut[] = [
  { name: 'exact', options: {} },
  { name: 'exact in bfloat16', options: { scoringPrecision: 'bfloat16' } },
  { name: 'scored at half size', options: { scoringScale: 0.5 } },
  { name: '8 groups', options: { groups: 8 } },
  { name: '4 groups', options: { groups: 4 } },
  { name: 'masked behind layer2', options: {}, layer: 'layer2_3_relu' },
  { name: 'masked behind layer3', options: {}, layer: 'layer3_5_relu' },
  { name: 'masked behind layer4', options: {}, layer: 'layer4_2_relu' },
  { name: 'CAM of the label', options: { method: 'cam' } },
  { name: 'Recipro-CAM', options: { method: 'recipro-cam' } },
  { name: 'Eigen-CAM', options: { method: 'eigen-cam' } },
  { name: 'LaFAM (auto)', options: { method: 'lafam' } },
  { name: 'LaFAM in bfloat16', options: { method: 'lafam', scoringPrecision: 'bfloat16' } },
  { name: 'LaFAM at 6/7 of the size', options: { method: 'lafam', scoringScale: 6 / 7 } },
  { name: 'LaFAM at half the size', options: { method: 'lafam', scoringScale: 0.5 } },
];

const only = values.only?.split(',');
// All are compared with exact, the first.
const cuts = all.filter(({ name }) => name === 'exact' || !only || only.includes(name));

await loadTensorflow();
const loaded = await loadModel(values.weights);
const network = classifier(loaded.model, loaded);
const listing = await listImages(values.data, { classNames: loaded.classNames! });
const chosen = [...permutation(listing.files.length, random(0)).subarray(0, Number(values.images))];
const part = {
  ...listing,
  files: chosen.map((index) => listing.files[index]!),
  labels: Int32Array.from(chosen, (index) => listing.labels[index]!),
};
const size = Number(values.size);
const resize = Math.round((loaded.preprocessing.resize * size) / loaded.preprocessing.crop);
const view = { crop: 'center', size, resize } as const;

const runs = cuts.map(({ name, options, layer }) => {
  const settings = stageOptions(options);
  const early = layer ? classifier(loaded.model, { ...loaded, layer }) : null;
  return compile(
    (pixels: tf.Tensor4D, labels: tf.Tensor1D) =>
      tf.tidy(() => {
        const images = normalize(pixels, loaded.preprocessing);
        const staged = early
          ? maskOfMaskedActivations(network, early, images, labels, settings)
          : stage(network, images, labels, settings);
        const blended = blurOutside(images, staged, settings);
        const own = tf.oneHot(labels, network.classes);
        const probability = (x: tf.Tensor4D) =>
          tf.sum(tf.mul(network.probabilities(network.logits(x)), own), 1);
        return { mask: staged.mask, kept: tf.div(probability(blended), probability(images)) };
      }),
    { name },
  );
});

interface Row {
  ious: number[];
  kept: number[];
  seconds: number;
}
const rows: Row[] = cuts.map(() => ({ ious: [], kept: [], seconds: 0 }));
for await (const { pixels, shape, labels, number } of imageReader(part, { batchSize: 8, view }).batches()) {
  const given = tf.tensor1d(labels, 'int32');
  let exact: Float32Array | undefined;
  runs.forEach((run, index) => {
    const started = performance.now();
    const { mask, kept } = run({ pixels, shape: [...shape] }, given);
    const masks = mask.dataSync<'float32'>();
    const row = rows[index]!;
    // The first batch traces.
    if (number > 0) row.seconds += (performance.now() - started) / 1000;
    exact ??= masks;
    row.kept.push(...kept.dataSync());
    const pixelsInMask = masks.length / shape[0];
    for (let image = 0; image < shape[0]; image++) {
      row.ious.push(iou(masks, exact, image * pixelsInMask, (image + 1) * pixelsInMask));
    }
    tf.dispose([mask, kept]);
  });
  given.dispose();
}

console.log(`${rows[0]!.ious.length} images, ${size} px, ${values.weights}`);
console.log('| cut | time | IoU mean | median | 10th percentile | kept probability | passes |');
console.log('|---|---|---|---|---|---|---|');
rows.forEach(({ ious, kept, seconds }, index) => {
  const sorted = [...ious].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  const passes =
    mean(ious) >= 0.9 && at(0.1) >= 0.75 && Math.abs(mean(kept) / mean(rows[0]!.kept) - 1) <= 0.02;
  const cells = [seconds / rows[0]!.seconds, mean(ious), at(0.5), at(0.1), mean(kept)].map((value) =>
    value.toFixed(3),
  );
  console.log(`| ${cuts[index]!.name} | ${cells.join(' | ')} | ${passes ? 'yes' : 'no'} |`);
});

function mean(list: number[]): number {
  return list.reduce((sum, value) => sum + value, 0) / list.length;
}

/** Of two masks; two empty ones are equal. */
function iou(one: Float32Array, other: Float32Array, from: number, to: number): number {
  let both = 0;
  let either = 0;
  for (let i = from; i < to; i++) {
    both += one[i]! * other[i]!;
    either += Math.max(one[i]!, other[i]!);
  }
  return either === 0 ? 1 : both / either;
}
