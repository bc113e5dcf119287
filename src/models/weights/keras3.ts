import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../errors.js';
import { isObject } from '../../text/is-object.js';
import type { KerasFile } from './keras.js';
import { toKeras2 } from './keras3-config.js';
import { readHdf5 } from './read-hdf5.js';
import type { StoredTensor } from './types.js';
import { openZip, type ZipEntry } from './zip.js';

const mostConfig = 64 * 2 ** 20;
const parts = ['config.json', 'model.weights.h5'];

/**
 * Reads a .keras file (Keras 3): a zip with the network's description and its weights. Nothing in it is run, and no
 * entry is written under its own name.
 *
 * @throws Failure where the file is broken, or has layers that are not read
 */
export async function readKeras3(path: string, cpuSeconds?: number): Promise<KerasFile> {
  const entries = await openZip(
    path,
    (name) => parts.includes(name),
    ({ fileName, uncompressedSize }) =>
      fileName === 'config.json' && uncompressedSize > mostConfig ? `'${fileName}' is too large` : undefined,
  );
  const missing = parts.find((name) => !entries.has(name));
  if (missing) throw new Failure(`${path}: a .keras file without ${missing}`);
  const { topology, names } = toKeras2(configOf(entries.get('config.json')!.read(), path), path);
  const stored = await weightsOf(entries.get('model.weights.h5')!, path, cpuSeconds);
  const tensors = new Map<string, StoredTensor>();
  for (const [place, name] of names) {
    const tensor = stored.get(place);
    if (!tensor) throw new Failure(`${path}: its weights lack '${place}', which is to be '${name}'`);
    tensors.set(name, tensor);
  }
  return { topology, tensors };
}

function configOf(bytes: Uint8Array, path: string): Record<string, unknown> {
  try {
    const config: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (isObject(config)) return config;
  } catch {
    // Said below.
  }
  throw new Failure(`${path}: its description of the network is not JSON`);
}

/** HDF5's library wants a file: one under a name of our own, which is gone afterwards. */
async function weightsOf(
  entry: ZipEntry,
  path: string,
  cpuSeconds?: number,
): Promise<Map<string, StoredTensor>> {
  const folder = await mkdtemp(join(tmpdir(), 'camtune-keras-'));
  try {
    const file = join(folder, 'weights.h5');
    await entry.extract(file);
    const { weights } = await readHdf5(file, cpuSeconds, path);
    return new Map(
      weights.map(({ name, shape, values }) => {
        if (!values.every(Number.isFinite))
          throw new Failure(`${path}: '${name}' holds a value that is not a finite number`);
        return [name, { shape, read: () => values }];
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
