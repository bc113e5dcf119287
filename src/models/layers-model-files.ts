import type { io } from '@tensorflow/tfjs-core';
import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure, invalid, phrase, show } from '../errors.js';
import { isObject } from '../text/is-object.js';
import { writeFileAtomic } from '../files/write-atomic.js';
import { makeFolder } from '../files/folders.js';
import { readRegularFile } from '../files/read-file.js';
import { checkFinite } from './finite.js';
import { byteLength, checkManifest } from './manifest.js';
import { readShards } from './shards.js';

// Below the size from which Git hosts warn.
const shardBytes = 16 * 2 ** 20;
/** More than the description of any network has. */
const jsonBytes = 64 * 2 ** 20;
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
  makeFolder(folder);
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
      phrase('a GraphModel'),
      'convert the original with --output_format=tfjs_layers_model',
    );
  }
  const { modelTopology, weightsManifest, userDefinedMetadata } = json;
  if (!isObject(modelTopology) || weightsManifest === undefined) {
    throw new Failure(`${path}: lacks modelTopology or weightsManifest, so it is no tfjs LayersModel`);
  }
  checkManifest(weightsManifest, path);
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const names = weightsManifest.flatMap((group) => group.paths);
  const expected = weightSpecs.reduce((sum, spec) => sum + byteLength(spec), 0);
  const weightData = await readShards(dirname(path), names, expected, path);
  checkFinite(weightSpecs, weightData, path);
  return {
    modelTopology,
    weightSpecs,
    weightData,
    ...(isObject(userDefinedMetadata) && { userDefinedMetadata }),
  };
}

async function parse(path: string): Promise<Partial<io.ModelJSON>> {
  const why = 'a tfjs LayersModel is a model.json with its weights beside it';
  const content = await readRegularFile(path, jsonBytes, why);
  let json: unknown;
  try {
    json = JSON.parse(content.toString());
  } catch (error) {
    throw new Failure(`${path}: not JSON (${(error as Error).message})`);
  }
  if (!isObject(json)) throw new Failure(`${path}: expected a tfjs LayersModel, found ${show(json)}`);
  return json;
}

function joined(data: io.WeightData | undefined): Buffer {
  const parts = data === undefined ? [] : Array.isArray(data) ? data : [data];
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}
