// npm run fuzz:weights -- [--seconds 60] [--seed 1] [--format json,safetensors,torch,hdf5,onnx] [--case N] [--keep DIR]
// Reads damaged weight files and reports what is neither read nor refused in one sentence; see docs/fuzzing-weights.md.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mixSeeds, random } from '../../../src/random.js';
import type { Format, FormatName, Sample } from './format.js';
import { hdf5Format } from './hdf5-format.js';
import { jsonFormat } from './json-format.js';
import { onnxFormat } from './onnx-format.js';
import { pick } from './mutate-bytes.js';
import { reader, type Reader } from './reader.js';
import { safetensorsFormat } from './safetensors-format.js';
import { torchFormat } from './torch-format.js';

const formats: Record<FormatName, Format> = {
  json: jsonFormat,
  safetensors: safetensorsFormat,
  torch: torchFormat,
  hdf5: hdf5Format,
  onnx: onnxFormat,
};

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    format: { type: 'string', default: Object.keys(formats).join(',') },
    case: { type: 'string' },
    keep: { type: 'string', default: join('runs', 'fuzz-weights') },
  },
});
const names = values.format.split(',').filter((name): name is FormatName => name in formats);
const seed = Number(values.seed);
await tf.setBackend('cpu');

const work = await mkdtemp(join(tmpdir(), 'camtune-fuzz-'));
const target = reader();
let findings = 0;
try {
  for (const name of names) findings += await fuzz(name, Number(values.seconds) / names.length, target);
} finally {
  target.close();
  await rm(work, { recursive: true, force: true });
}
process.exitCode = findings > 0 ? 1 : 0;

async function fuzz(name: FormatName, seconds: number, { read }: Reader): Promise<number> {
  const seeds = await formats[name].seeds();
  const counts = { read: 0, refused: 0 };
  const distinct = new Map<string, number>();
  /** What HDF5's library did that stayed in its process, and a case. */
  const contained = new Map<string, number>();
  for (const [index, sample] of seeds.entries()) {
    const outcome = await read({ format: name, path: await written(sample, index), whole: name !== 'torch' });
    if (outcome.kind !== 'read') throw new Error(`seed ${index} of ${name} is not read: ${outcome.message}`);
  }
  const end = performance.now() + 1000 * seconds;
  const only = values.case === undefined ? undefined : Number(values.case);
  for (let number = only ?? 0; only === undefined ? performance.now() < end : number === only; number++) {
    const next = random(mixSeeds(seed, number));
    const sample = await formats[name].mutate(pick(seeds, next), next);
    const task = {
      format: name,
      path: await written(sample, number),
      whole: only !== undefined && name !== 'torch',
    };
    let outcome = await read(task);
    const isGood = () => outcome.kind === 'read' || outcome.kind === 'refused';
    // HDF5 is read in a process of its own otherwise: what counts is what comes of that.
    if (!isGood() && name === 'hdf5') {
      const alone = outcome.message!.split('\n')[0]!;
      outcome = await read({ ...task, whole: true });
      if (isGood()) {
        contained.set(alone, number);
        if (contained.size <= 8) await keep(`${name}-${seed}-${number}-contained`, sample);
      }
    }
    if (only !== undefined) console.log(`${name} case ${number}: ${outcome.kind}: ${outcome.message ?? ''}`);
    if (outcome.kind === 'read' || outcome.kind === 'refused') counts[outcome.kind]++;
    else {
      const key = outcome.message!.replaceAll(/\d+/g, '#').split('\n').slice(0, 3).join('\n');
      if (!distinct.has(key)) {
        console.log(`${name} --seed ${seed} --case ${number}: ${outcome.kind}: ${outcome.message}`);
        await keep(`${name}-${seed}-${number}`, sample);
      }
      distinct.set(key, (distinct.get(key) ?? 0) + 1);
    }
  }
  const found = [...distinct.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${name}: ${counts.read} read, ${counts.refused} refused, ${found} findings (${distinct.size} kinds)`,
  );
  for (const [message, number] of contained) console.log(`  contained, --case ${number}: ${message}`);
  return found;
}

/** @returns path of the sample's first file */
async function written(sample: Sample, number: number): Promise<string> {
  // HDF5's library knows a file again by its path.
  const folder = join(work, String(number % 8));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(sample)) await writeFile(join(folder, name), bytes);
  return join(folder, Object.keys(sample)[0]!);
}

async function keep(name: string, sample: Sample): Promise<void> {
  const kept = join(values.keep, name);
  await mkdir(kept, { recursive: true });
  for (const [file, bytes] of Object.entries(sample)) await writeFile(join(kept, file), bytes);
}
