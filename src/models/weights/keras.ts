import { Failure } from '../../errors.js';
import { readHdf5, type Hdf5Content } from './read-hdf5.js';
import type { StoredTensor, WeightFile } from './types.js';
import { permute } from './permute.js';

/** What a Keras 2 .h5 file holds. */
export interface KerasFile {
  /** The model's configuration, where the whole model was saved and not the weights alone. */
  topology?: object;
  /** Under Keras's names without ':0', in Keras's layouts: 'conv1_conv/kernel'. */
  tensors: Map<string, StoredTensor>;
}

/**
 * Reads an .h5 file that Keras 2 wrote (model.save or save_weights).
 *
 * @param cpuSeconds until it is given up; default: see readHdf5()
 * @throws Failure where it is broken, of another kind, or of Keras 3, whose models tfjs-layers cannot build
 */
export async function readKeras(path: string, cpuSeconds?: number): Promise<KerasFile> {
  return kerasFile(await readHdf5(path, cpuSeconds), path);
}

/** The same from what has been read. */
export function kerasFile({ version, config, hasLayers, weights }: Hdf5Content, path: string): KerasFile {
  if (version !== undefined && Number.parseInt(version) > 2) {
    const fix = 'save it with Keras 2 (pip install tf_keras), or as safetensors';
    throw new Failure(`${path}: written by Keras ${version}, Keras 2 is read; ${fix}`);
  }
  if (!hasLayers) throw new Failure(`${path}: an HDF5 file without Keras's list of layers`);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape, values } of weights) {
    if (!values.every(Number.isFinite)) {
      throw new Failure(`${path}: '${name}' holds a value that is not a finite number`);
    }
    tensors.set(name.replace(/:0$/, ''), { shape, read: () => values });
  }
  return { tensors, ...(config !== undefined && { topology: parseTopology(config, path) }) };
}

function parseTopology(config: string, path: string): object {
  try {
    const topology: unknown = JSON.parse(config);
    if (typeof topology === 'object' && topology !== null) return topology;
  } catch {
    // Said below.
  }
  throw new Failure(`${path}: its description of the network is not JSON`);
}

const suffixes: Record<string, string> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/**
 * The weights of Keras's own ResNet50 (keras.applications, version 1) in PyTorch's names and layouts. The biases of
 * its convolutions, which the layers here do not have, go into the running means of the batch norms behind them.
 *
 * @throws Failure where a name is not one of that network
 */
export function kerasResnetToTorch(tensors: Map<string, StoredTensor>, file: string): WeightFile {
  const renamed = new Map<string, StoredTensor>();
  const biases = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    const [layer = '', kind = ''] = name.split('/').slice(-2);
    const module = torchModule(layer);
    const suffix = Object.hasOwn(suffixes, kind) ? suffixes[kind] : undefined;
    if (!module || !suffix) {
      throw new Failure(`${file}: weights without their model, and '${name}' is no name of Keras's ResNet50`);
    }
    if (layer.endsWith('_conv') && kind === 'bias') biases.set(batchNormBehind(module), tensor);
    else renamed.set(`${module}.${suffix}`, toTorchLayout(tensor));
  }
  for (const [module, bias] of biases) {
    const mean = renamed.get(`${module}.running_mean`);
    if (!mean) continue;
    if (mean.shape.join() !== bias.shape.join()) {
      throw new Failure(`${file}: the biases before ${module} have another shape than its means`);
    }
    const read = () => {
      const shift = bias.read();
      return mean.read().map((value, index) => value - shift[index]!);
    };
    renamed.set(`${module}.running_mean`, { shape: mean.shape, read });
  }
  const metadata = {
    layout: 'stride-in-1x1',
    preprocessing: 'bgr, 0..255, minus 103.939,116.779,123.68',
    batch_norm_epsilon: '1.001e-5',
  };
  return { tensors: renamed, metadata };
}

/** 'conv3_block1_0_bn' → 'layer2.0.downsample.1'. */
function torchModule(layer: string): string | undefined {
  const fixed: Record<string, string> = {
    conv1_conv: 'conv1',
    conv1_bn: 'bn1',
    predictions: 'fc',
    probs: 'fc',
  };
  if (Object.hasOwn(fixed, layer)) return fixed[layer];
  const match = /^conv([2-5])_block(\d+)_([0-3])_(conv|bn)$/.exec(layer);
  if (!match) return undefined;
  const [, stage, block, position, kind] = match as unknown as [string, string, string, string, string];
  const prefix = `layer${Number(stage) - 1}.${Number(block) - 1}`;
  if (position === '0') return `${prefix}.downsample.${kind === 'conv' ? 0 : 1}`;
  return `${prefix}.${kind}${position}`;
}

function batchNormBehind(convolution: string): string {
  return convolution.endsWith('.0')
    ? convolution.replace(/0$/, '1')
    : convolution.replace(/conv(\d)$/, 'bn$1');
}

function toTorchLayout({ shape, read }: StoredTensor): StoredTensor {
  if (shape.length === 2) {
    const [inputs, outputs] = shape as [number, number];
    return { shape: [outputs, inputs], read: () => permute(read(), [inputs, outputs], [1, 0]) };
  }
  if (shape.length !== 4) return { shape, read };
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  // [h·w, in, out] → [out, h·w·in] → for each output [in, h·w]
  const arrange = () => {
    const byOutput = permute(read(), [height * width * inputs, outputs], [1, 0]);
    const size = height * width * inputs;
    for (let out = 0; out < outputs; out++) {
      const part = byOutput.subarray(out * size, (out + 1) * size);
      part.set(permute(part, [height * width, inputs], [1, 0]));
    }
    return byOutput;
  };
  return { shape: [outputs, inputs, height, width], read: arrange };
}
