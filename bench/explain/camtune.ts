// Runs one row of versus.ts in camtune; prints one JSON document. Maps go to FOLDER/ROW.camtune.npy.
//   npx tsx bench/explain/camtune.ts ROW FOLDER --weights W [--images 2] [--repeats 3]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { decodeNpy, encodeNpy } from '../../src/report/index.js';
import { compiledClassifier, methods, type MethodOptions } from '../../src/explain/index.js';
import { classifier, loadModel } from '../../src/models/index.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { rows, type Timed } from './rows.js';

const LONG_CALL_MS = 15_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    weights: { type: 'string', default: 'checkpoints/resnet50-imagenette' },
    images: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '3' },
  },
});
const [name, folder] = positionals as [string, string];
const { method, options, drawn } = rows[name]!;

await loadTensorflow();
const { model } = await loadModel(values.weights, { layout: 'stride-in-1x1' });
const network = compiledClassifier(classifier(model));
const settings: MethodOptions = { ...options, ...drawn?.((file, dtype) => read(file, dtype)) };

const count = Number(values.images);
const all = tf.slice(read('images.npy', 'float32') as tf.Tensor4D, 0, count);
const images = tf.split<tf.Tensor4D>(all, count);
const targets = decodeNpy(readFileSync(join(folder, 'targets.npy'))).data;

const firsts = images.map((_, index) => call(index));
const maps = Float32Array.from(firsts.flatMap(({ map }) => [...map]));
writeFileSync(join(folder, `${name}.camtune.npy`), encodeNpy(maps, all.shape.slice(0, 3)));
const firstCallMs = firsts[0]!.wall;
// A call that takes long needs no warm-up of its own.
const timed =
  firstCallMs >= LONG_CALL_MS
    ? firsts
    : Array.from({ length: Number(values.repeats) }, () => images.map((_, index) => call(index))).flat();
const result: Timed = {
  msPerImage: median(timed.map(({ wall }) => wall)),
  cpuMsPerImage: median(timed.map(({ cpu }) => cpu)),
  firstCallMs,
  peakMemoryMB: process.resourceUsage().maxRSS / 1024,
};
console.log(JSON.stringify(result));

function read(file: string, dtype: 'float32' | 'int32'): tf.Tensor {
  const { data, shape } = decodeNpy(readFileSync(join(folder, file)), file);
  return tf.tensor(data, shape, dtype);
}

/** One map on the host, and what it took, milliseconds. */
function call(index: number): { map: Float32Array; wall: number; cpu: number } {
  const [started, busy] = [performance.now(), process.cpuUsage()];
  const map = tf.tidy(
    () =>
      methods[method]!.run(network, images[index]!, {
        ...settings,
        target: targets[index]!,
      }).map.dataSync() as Float32Array,
  );
  const { user, system } = process.cpuUsage(busy);
  return { map, wall: performance.now() - started, cpu: (user + system) / 1000 };
}

function median(times: number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}
