import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable, LayersModel } from '@tensorflow/tfjs-layers';
import { classifier, loadModel } from '../../src/models/index.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { exportedAgree } from './exported.js';
import { operatorsAgree } from './operators-main.js';

/** What export.py wrote of one network. */
interface Case {
  name: string;
  size: number;
  images: string;
  labels: number[];
  /** In float64. */
  logits: number[][];
  /** How far PyTorch's float32 is from that: logits, and the gradient of any weight. */
  noise: [number, number];
}

const limits = { logits: 1e-4, gradients: 1e-3 };
const [folder, only] = process.argv.slice(2);
if (!folder) {
  console.error(
    'npm run parity:networks -- DIR [NAME]: DIR is what export.py wrote; or -- --operators|--exported [PART OF A LABEL]',
  );
  process.exit(2);
}
if (folder === '--exported') process.exit((await exportedAgree(only)) ? 0 : 1);
if (folder === '--operators') process.exit((await operatorsAgree(only)) ? 0 : 1);
mkdirSync(folder, { recursive: true });
await loadTensorflow();
let failed = false;
console.log(['network', 'script', 'dynamo', 'whole', 'gradients', 'weights', "PyTorch's float32"].join('\t'));
for (const file of readdirSync(folder).filter(
  (name) => name.endsWith('.json') && name.includes(only ?? ''),
)) {
  const label = file.slice(0, -'.json'.length);
  const given = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case;
  const row = [given.name];
  for (const kind of ['script', 'dynamo', 'whole'])
    row.push(await attempt(() => logitsOf(given, join(folder, `${label}.${kind}.onnx`))));
  let count = 0;
  row.push(
    await attempt(async () => {
      const found = await gradientsOf(given, join(folder, label));
      count = found.count;
      return found;
    }),
  );
  console.log([...row, count, given.noise.map((each) => each.toExponential(1)).join(' ')].join('\t'));
}
process.exit(failed ? 1 : 0);

interface Distance {
  relative: number;
  limit: number;
  where?: string;
}

async function attempt(measure: () => Promise<Distance>): Promise<string> {
  try {
    const { relative, limit, where } = await measure();
    const holds = relative <= limit;
    failed ||= !holds;
    return `${relative.toExponential(1)}${holds ? '' : ` TOO FAR ${where ?? ''}`}`;
  } catch (error) {
    failed = true;
    return (error as Error).message.slice(0, 300);
  }
}

function imagesOf({ images, size }: Pick<Case, 'images' | 'size'>): tf.Tensor4D {
  const bytes = new Uint8Array(Buffer.from(images, 'base64'));
  return tf.tensor4d(new Float32Array(bytes.buffer), [3, size, size, 3]);
}

/** The largest difference of the logits, in units of the largest logit. */
async function logitsOf(given: Case, path: string): Promise<Distance> {
  const { model } = await loadModel(path);
  const network = classifier(model);
  const found = tf.tidy(() => network.logits(imagesOf(given)).arraySync());
  model.dispose();
  return { relative: apart(found.flat(), given.logits.flat()), limit: limits.logits };
}

/** The largest difference of a weight's gradient, in units of its largest value, over all weights. */
async function gradientsOf(
  { labels, noise, ...given }: Case,
  path: string,
): Promise<Distance & { count: number }> {
  const { model } = await loadModel(`${path}.whole.onnx`);
  const expected = (await loadModel(`${path}.gradients.onnx`)).model;
  const network = classifier(model);
  const weights = trainable(model);
  const { grads } = tf.tidy(() =>
    tf.variableGrads(
      () => {
        const logits = network.logits(imagesOf(given));
        return tf.losses.softmaxCrossEntropy(tf.oneHot(labels, network.classes), logits);
      },
      weights.map(({ variable }) => variable),
    ),
  );
  const wanted = new Map(trainable(expected).map(({ name, variable }) => [name, variable]));
  const pairs = weights.map(({ name, variable }) => ({
    name,
    found: grads[variable.name]!.dataSync(),
    of: wanted.get(name)!.dataSync(),
  }));
  // A gradient that is zero in theory (a key's bias) is rounding alone: it counts against those of its network.
  const whole = Math.max(...pairs.map(({ of }) => largest([...of])));
  let [relative, where] = [0, ''];
  for (const { name, found, of } of pairs) {
    const distance = apart([...found], [...of], 1e-4 * whole);
    if (distance > relative) [relative, where] = [distance, name];
  }
  tf.dispose(Object.values(grads));
  model.dispose();
  expected.dispose();
  // A value that rounding moves over the kink of a ReLU changes gradients in PyTorch just as much.
  return { relative, where, limit: Math.max(limits.gradients, 2 * noise[1]), count: pairs.length };
}

function trainable(model: LayersModel): { name: string; variable: tf.Variable }[] {
  return model.layers.flatMap((layer) =>
    layer.trainableWeights.map((weight) => ({ name: weight.originalName, variable: variableOf(weight) })),
  );
}

function variableOf(weight: LayerVariable): tf.Variable {
  return (weight as unknown as { val: tf.Variable }).val;
}

function largest(values: number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function apart(found: number[], expected: number[], least = 0): number {
  let [most, largest] = [0, least];
  found.forEach((value, index) => {
    most = Math.max(most, Math.abs(value - expected[index]!));
    largest = Math.max(largest, Math.abs(expected[index]!));
  });
  return largest > 0 ? most / largest : most;
}
