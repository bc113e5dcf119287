import type { io } from '@tensorflow/tfjs-core';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure, invalid } from '../errors.js';
import { writeFileAtomic } from '../files.js';

// Below the size from which Git hosts warn.
const shardBytes = 16 * 2 ** 20;
const shardName = /^weights-[0-9a-f]{8}-\d+of\d+\.bin$/;

/**
 * Writes a model in tfjs's own format: model.json and weight shards, for tf.loadLayersModel anywhere. Atomic: shards
 * have names of their own content, and a reader sees the old model.json with the old shards or the new with the new.
 */
export async function writeLayersModel(folder: string, artifacts: io.ModelArtifacts): Promise<void> {
  const { modelTopology, weightSpecs = [], weightData, userDefinedMetadata, trainingConfig } = artifacts;
  const data = joined(weightData);
  const hash = createHash('sha256').update(data).digest('hex').slice(0, 8);
  const count = Math.max(1, Math.ceil(data.length / shardBytes));
  const paths = Array.from({ length: count }, (_, index) => `weights-${hash}-${index + 1}of${count}.bin`);
  await mkdir(folder, { recursive: true });
  for (const [index, path] of paths.entries()) {
    await writeFileAtomic(join(folder, path), data.subarray(index * shardBytes, (index + 1) * shardBytes));
  }
  const content: io.ModelJSON = {
    format: 'layers-model',
    generatedBy: 'camtune',
    convertedBy: null,
    modelTopology: modelTopology as object,
    weightsManifest: [{ paths, weights: weightSpecs }],
    ...(userDefinedMetadata && { userDefinedMetadata }),
    ...(trainingConfig && { trainingConfig }),
  };
  await writeFileAtomic(join(folder, 'model.json'), JSON.stringify(content));
  for (const name of await readdir(folder)) {
    if (shardName.test(name) && !paths.includes(name)) await rm(join(folder, name), { force: true });
  }
}

/**
 * Reads a tfjs LayersModel.
 *
 * @param path model.json, or the folder that holds it
 * @throws Failure where a file is missing, broken or of another format
 */
export async function readLayersModel(path: string): Promise<io.ModelArtifacts> {
  const json = await parse(path);
  if (json.format === 'graph-model') {
    throw invalid(
      path,
      'a tfjs LayersModel',
      'a GraphModel',
      'convert the original with --output_format=tfjs_layers_model',
    );
  }
  if (typeof json.modelTopology !== 'object' || !Array.isArray(json.weightsManifest)) {
    throw new Failure(`${path}: lacks modelTopology or weightsManifest, so it is no tfjs LayersModel`);
  }
  const folder = dirname(path);
  const shards: Buffer[] = [];
  for (const shard of json.weightsManifest.flatMap((group) => group.paths)) {
    shards.push(await readNamed(join(folder, shard), `${basename(path)} names it`));
  }
  const data = Buffer.concat(shards);
  const weightSpecs = json.weightsManifest.flatMap((group) => group.weights);
  const expected = weightSpecs.reduce((sum, spec) => sum + byteLength(spec), 0);
  if (data.length !== expected) {
    throw new Failure(
      `${path}: its weights have ${data.length} bytes, expected ${expected}; a shard is cut off`,
    );
  }
  return {
    modelTopology: json.modelTopology,
    weightSpecs,
    weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.length),
    ...(json.userDefinedMetadata && { userDefinedMetadata: json.userDefinedMetadata }),
  };
}

async function parse(path: string): Promise<io.ModelJSON> {
  const content = await readNamed(path, 'a tfjs LayersModel is a model.json with its weights beside it');
  try {
    return JSON.parse(content.toString()) as io.ModelJSON;
  } catch (error) {
    throw new Failure(`${path}: not JSON (${(error as Error).message})`);
  }
}

async function readNamed(path: string, why: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Failure(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code}); ${why}`);
  }
}

/** Bytes of one weight as it is stored. */
export function byteLength({ shape, dtype, quantization }: io.WeightsManifestEntry): number {
  const sizes: Record<string, number> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };
  return shape.reduce((product, size) => product * size, 1) * (sizes[quantization?.dtype ?? dtype] ?? 0);
}

function joined(data: io.WeightData | undefined): Buffer {
  const parts = data === undefined ? [] : Array.isArray(data) ? data : [data];
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}
