import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable, LayersModel } from '@tensorflow/tfjs-layers';
import { explain } from '../../src/explain/index.js';
import { classifier, loadModel, type Classifier } from '../../src/models/index.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { exportedAgree } from './exported.js';
import { runExported, writeExported } from './in-onnxruntime.js';
import { operatorsAgree } from './operators-main.js';

/** What export.py wrote of one network. */
interface Case {
  name: string;
  size: number;
  images: string;
  labels: number[];
  /** In float64. */
  logits: number[][];
  /** Learning rate of a step of SGD, and the logits behind it, in float64. */
  rate: number;
  stepped: number[][];
  /** How far PyTorch's float32 is from that: logits, the gradient of any weight, logits behind the step. */
  noise: [number, number, number];
}

const limits = { logits: 1e-4, gradients: 1e-3, stepped: 1e-4, roundTrip: 1e-4 };
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
const columns = [
  'network',
  'script',
  'dynamo',
  'whole',
  'gradients',
  'SGD',
  'back in ONNX',
  'maps',
  'weights',
];
console.log([...columns, "PyTorch's float32"].join('\t'));
for (const file of readdirSync(folder).filter(
  (name) => name.endsWith('.json') && name.includes(only ?? ''),
)) {
  const label = file.slice(0, -'.json'.length);
  const given = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case;
  const path = (kind: string) => join(folder, `${label}.${kind}.onnx`);
  const row = [given.name];
  for (const kind of ['script', 'dynamo', 'whole'])
    row.push(existsSync(path(kind)) ? await attempt(() => logitsOf(given, path(kind))) : 'not exported');
  const exported = ['whole', 'script', 'dynamo'].find((kind) => existsSync(path(kind)));
  let count = 0;
  if (exported === 'whole')
    row.push(
      ...(await attempts(2, async () => {
        const found = await trainingOf(given, join(folder, label));
        count = found.count;
        return [found.gradients, found.stepped];
      })),
    );
  else row.push('-', '-');
  if (exported === undefined) row.push('-', '-');
  else row.push(...(await attempts(2, () => usesOf(given, path(exported)))));
  console.log([...row, count, given.noise.map((each) => each.toExponential(1)).join(' ')].join('\t'));
}
process.exit(failed ? 1 : 0);

interface Distance {
  relative: number;
  limit: number;
  where?: string;
}

async function attempt(measure: () => Promise<Distance>): Promise<string> {
  return (await attempts(1, async () => [await measure()]))[0]!;
}

/** Several measures at once, as cells of the table; texts stand there as they are. */
async function attempts(count: number, measure: () => Promise<(Distance | string)[]>): Promise<string[]> {
  try {
    return (await measure()).map((found) => {
      if (typeof found === 'string') return found;
      const { relative, limit, where } = found;
      const holds = relative <= limit;
      failed ||= !holds;
      return `${relative.toExponential(1)}${holds ? '' : ` TOO FAR ${where ?? ''}`}`;
    });
  } catch (error) {
    failed = true;
    return [(error as Error).message.slice(0, 300), ...Array.from({ length: count - 1 }, () => '-')];
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

/**
 * The largest difference of a weight's gradient, in units of its largest value, over all weights; and that of the logits
 * behind a step of SGD.
 */
async function trainingOf(
  { labels, noise, rate, stepped, ...given }: Case,
  path: string,
): Promise<{ gradients: Distance; stepped: Distance; count: number }> {
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
  const whole = Math.max(...pairs.map(({ of }) => largest(of)));
  let [relative, where] = [0, ''];
  for (const { name, found, of } of pairs) {
    const distance = apart(found, of, 1e-4 * whole);
    if (distance > relative) [relative, where] = [distance, name];
  }
  const optimizer = tf.train.sgd(rate);
  optimizer.applyGradients(grads);
  const behind = tf.tidy(() => network.logits(imagesOf(given)).arraySync());
  optimizer.dispose();
  tf.dispose(Object.values(grads));
  model.dispose();
  expected.dispose();
  return {
    // A value that rounding moves over the kink of a ReLU changes gradients in PyTorch just as much.
    gradients: { relative, where, limit: Math.max(limits.gradients, 2 * noise[1]) },
    stepped: {
      relative: apart(behind.flat(), stepped.flat()),
      limit: Math.max(limits.stepped, 2 * noise[2]),
    },
    count: pairs.length,
  };
}

/** How far onnxruntime is with the network written as ONNX again, and which maps there are, on which layer. */
async function usesOf(given: Case, path: string): Promise<(Distance | string)[]> {
  const { model } = await loadModel(path);
  const network = classifier(model);
  const images = imagesOf(given);
  const exported = mkdtempSync(join(tmpdir(), 'camtune-back-'));
  try {
    const maps = tf.tidy(() => mapsOf(network, images));
    writeExported(join(exported, 'model'), model, images, 'float32');
    const [found] = runExported(exported);
    if (found?.logits === undefined) throw new Error(`back in ONNX: ${found?.error ?? 'nothing'}`);
    return [{ relative: found.logits, limit: limits.roundTrip }, maps];
  } finally {
    images.dispose();
    model.dispose();
    rmSync(exported, { recursive: true, force: true });
  }
}

function mapsOf(network: Classifier, images: tf.Tensor4D): string {
  if (network.layer === null) return 'no spatial layer';
  const names = ['lafam', 'grad-cam', ...(network.attention ? ['attention-rollout', 'chefer'] : [])];
  const shapes = names.map((name) => {
    const { raw } = explain(name, network, images, {});
    const [low, high] = [tf.min(raw).dataSync()[0]!, tf.max(raw).dataSync()[0]!];
    if (!Number.isFinite(low) || !Number.isFinite(high)) throw new Error(`${name}: NaN`);
    return `${name}${high > low ? '' : ' (flat)'}`;
  });
  const [, rows, columns] = network.activations(images).shape;
  return `${shapes.join(' ')} of ${network.layer} ${rows}×${columns}`;
}

function trainable(model: LayersModel): { name: string; variable: tf.Variable }[] {
  return model.layers.flatMap((layer) =>
    layer.trainableWeights.map((weight) => ({ name: weight.originalName, variable: variableOf(weight) })),
  );
}

function variableOf(weight: LayerVariable): tf.Variable {
  return (weight as unknown as { val: tf.Variable }).val;
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < values.length; index++) most = Math.max(most, Math.abs(values[index]!));
  return most;
}

function apart(found: ArrayLike<number>, expected: ArrayLike<number>, least = 0): number {
  let most = 0;
  for (let index = 0; index < expected.length; index++)
    most = Math.max(most, Math.abs(found[index]! - expected[index]!));
  const range = Math.max(largest(expected), least);
  return range > 0 ? most / range : most;
}
