// Exports a network as a Hugging Face folder, classifies photographs with it in transformers.js, and compares with
// camtune predict. transformers.js is no dependency of camtune (its onnxruntime takes 400 MB):
//   mkdir T && cd T && npm init -y && npm install --ignore-scripts @huggingface/transformers
//   npx tsx bench/export/transformers.ts --modules T/node_modules [--weights W] [--data DIR] [--images 20]
//     [--precision float32|float16]
// Exits with 1 where the most likely class of the same pixels differs, or probabilities by more than 1e-4 (float16: 1e-2).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { imageFiles } from '../../src/data/index.js';
import { exportModel, openClassifier } from '../../src/models/index.js';
import { openNetwork, predictions } from '../../src/models/predict/index.js';

const { values } = parseArgs({
  options: {
    modules: { type: 'string' },
    weights: { type: 'string', default: 'checkpoints/resnet50-imagenette' },
    data: { type: 'string', default: 'data/clothing/val' },
    images: { type: 'string', default: '20' },
    precision: { type: 'string', default: 'float32' },
  },
});
if (values.modules === undefined)
  throw new Error('--modules: expected the node_modules with @huggingface/transformers');

interface Found {
  label: string;
  score: number;
}
interface Transformers {
  env: { allowRemoteModels: boolean; localModelPath: string };
  pipeline(
    task: string,
    model: string,
    options: { dtype: string },
  ): Promise<(image: string | object, options: { top_k: number }) => Promise<Found[]>>;
  RawImage: new (data: Uint8Array, width: number, height: number, channels: number) => object;
}
const entry = resolve(values.modules, '@huggingface/transformers/dist/transformers.node.mjs');
const { env, pipeline, RawImage } = (await import(entry)) as Transformers;

const folder = mkdtempSync(join(tmpdir(), 'camtune-hf-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const isHalf = values.precision === 'float16';
await exportModel({
  from: values.weights,
  format: 'huggingface',
  to: folder,
  precision: isHalf ? 'float16' : 'float32',
  withMap: (await openClassifier(values.weights)).linearHead !== undefined,
});
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const classify = await pipeline('image-classification', basename(folder), {
  dtype: isHalf ? 'fp16' : 'fp32',
});

const network = await openNetwork(values.weights, () => undefined);
const { size } = await openClassifier(values.weights);
const all = await imageFiles([values.data]);
const step = Math.max(1, Math.floor(all.length / Number(values.images)));
const images = all.filter((_, index) => index % step === 0).slice(0, Number(values.images));
const sum = { images: 0, first: 0, samePixelsFirst: 0, samePixelsOrder: 0, largest: 0, largestSamePixels: 0 };
for await (const prediction of predictions(images, network, 1000)) {
  if ('error' in prediction) throw new Error(prediction.error);
  const { image, top } = prediction;
  // The file as it is, and what camtune's own decoder makes of it: the second compares networks alone.
  const [height, width] = size;
  const pixels = new RawImage(await network.read(image), width, height, 3);
  const [byFile, byPixels] = [
    await classify(image, { top_k: 1000 }),
    await classify(pixels, { top_k: 1000 }),
  ];
  const difference = (found: Found[]) =>
    Math.max(
      ...top.map((ours) =>
        Math.abs(found.find(({ label }) => label === ours.class)!.score - ours.probability),
      ),
    );
  sum.images++;
  sum.first += Number(byFile[0]!.label === top[0]!.class);
  sum.samePixelsFirst += Number(byPixels[0]!.label === top[0]!.class);
  sum.samePixelsOrder += Number(byPixels.every(({ label }, index) => label === top[index]!.class));
  sum.largest = Math.max(sum.largest, difference(byFile));
  sum.largestSamePixels = Math.max(sum.largestSamePixels, difference(byPixels));
}
network.dispose();
console.log(
  `the files themselves: same first class ${sum.first} of ${sum.images}, probabilities differ by up to ${sum.largest.toFixed(3)}`,
);
console.log(
  `camtune's pixels: same first class ${sum.samePixelsFirst}, same order of all classes ${sum.samePixelsOrder} of ${sum.images}, ` +
    `probabilities differ by up to ${sum.largestSamePixels.toExponential(1)}`,
);
const isSame = sum.samePixelsFirst === sum.images && sum.largestSamePixels <= (isHalf ? 1e-2 : 1e-4);
process.exitCode = isSame ? 0 : 1;
