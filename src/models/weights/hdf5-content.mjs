import { File, Dataset, Group, ready } from 'h5wasm/node';

const mostNames = 100_000;
const deepest = 100;

/** What is wrong with an HDF5 file, in words that end a sentence. */
export class BrokenHdf5 extends Error {}

/**
 * Reads what Keras writes into an HDF5 file: first what it says about itself, then weight after weight.
 *
 * @param {string} path
 * @param {number} most bytes that all values may have together
 * @param {(message: import('./read-hdf5.js').FromHdf5) => Promise<void>} send takes one piece; the next is read when it
 *   has been taken
 * @throws BrokenHdf5; anything else where HDF5's library stumbled
 */
export async function readContent(path, most, send) {
  await ready;
  const file = new File(path, 'r');
  try {
    await readFile(file, most, send);
  } finally {
    file.close();
  }
}

/**
 * @param {File} file
 * @param {number} most
 * @param {(message: import('./read-hdf5.js').FromHdf5) => Promise<void>} send
 */
async function readFile(file, most, send) {
  const version = file.attrs['keras_version']?.value;
  const config = file.attrs['model_config']?.value;
  const inner = file.get('model_weights');
  const root = inner instanceof Group ? inner : file;
  const layers = root.attrs['layer_names']?.value;
  await send({
    kind: 'about',
    ...(typeof version === 'string' && { version }),
    ...(typeof config === 'string' && { config }),
    hasLayers: Array.isArray(layers),
  });
  let bytes = 0;
  if (layers === undefined && file.get('layers') instanceof Group) {
    for (const [name, dataset] of variables(file, '', 0)) {
      bytes += byteLength(dataset, name);
      if (bytes > most) throw new BrokenHdf5(`'${name}' has more values than such a file can hold`);
      await send({ kind: 'weight', name, shape: dataset.shape ?? [], values: valuesOf(dataset, name) });
    }
    return;
  }
  for (const layer of names(layers)) {
    const group = root.get(layer);
    if (!(group instanceof Group)) throw new BrokenHdf5(`layer '${layer}' is missing`);
    for (const name of names(group.attrs['weight_names']?.value)) {
      const dataset = group.get(name);
      if (!(dataset instanceof Dataset)) throw new BrokenHdf5(`the values of '${name}' are missing`);
      bytes += byteLength(dataset, name);
      if (bytes > most) throw new BrokenHdf5(`'${name}' has more values than such a file can hold`);
      await send({ kind: 'weight', name, shape: dataset.shape ?? [], values: valuesOf(dataset, name) });
    }
  }
}

/**
 * The data sets of Keras 3, by their paths. Links may lead in circles: no model is that deep.
 *
 * @param {Group} group
 * @param {string} path
 * @param {number} depth
 * @returns {Generator<[string, Dataset]>}
 */
function* variables(group, path, depth) {
  if (depth > deepest) throw new BrokenHdf5(`'${path}' lies deeper than any model`);
  for (const key of group.keys()) {
    const entry = group.get(key);
    if (entry instanceof Group) yield* variables(entry, `${path}${key}/`, depth + 1);
    else if (entry instanceof Dataset) yield [`${path}${key}`, entry];
  }
}

/**
 * @param {unknown} value
 * @returns {string[]}
 */
function names(value) {
  if (!Array.isArray(value)) return [];
  /** @type {unknown[]} */
  const list = value;
  const found = list.filter((name) => typeof name === 'string');
  if (found.length < list.length || list.length > mostNames || found.includes('')) {
    throw new BrokenHdf5('a list of names in it is malformed');
  }
  return found;
}

/**
 * Bytes of a data set's values, before any is read.
 *
 * @param {Dataset} dataset
 * @param {string} name
 */
function byteLength({ metadata, shape }, name) {
  const isNumber = metadata.type === 0 || metadata.type === 1; // H5T_INTEGER, H5T_FLOAT
  if (!isNumber || !shape || metadata.size > 8) throw new BrokenHdf5(`'${name}' does not hold numbers`);
  return elementCount(shape) * metadata.size;
}

/**
 * @param {Dataset} dataset
 * @param {string} name
 */
function valuesOf({ value, shape }, name) {
  const count = elementCount(shape ?? []);
  const list = /** @type {ArrayLike<number | bigint>} */ (shape?.length === 0 ? [value] : value);
  const values = list instanceof Float32Array ? list : Float32Array.from(list, Number);
  if (values.length !== count) throw new BrokenHdf5(`'${name}' has too few values`);
  return values;
}

/** @param {number[]} shape */
function elementCount(shape) {
  return shape.reduce((product, size) => product * size, 1);
}
