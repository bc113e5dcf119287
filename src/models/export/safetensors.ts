import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Failure } from '../../errors.js';
import type { ModelInformation } from '../save-model.js';
import { permute, encodeFloat16, torchParameters } from '../weights/index.js';
import type { Precision } from './onnx/writer.js';

export interface SafetensorsFile {
  bytes: Uint8Array;
  /** Whether names and layouts are PyTorch's (torchvision's ResNet-50 and VGG19) or the layers' own. */
  names: 'torch' | 'layers';
}

/**
 * A network's weights as a safetensors file: under torchvision's names and in PyTorch's layouts (convolution
 * [out, in, h, w], linear [out, in]) where the network is a ResNet or VGG19 as camtune builds them, else under the names
 * of the layers' variables in tfjs's layouts. What camtune knows of the network stands in the metadata under 'camtune'.
 *
 * @see https://github.com/huggingface/safetensors (format)
 */
export function toSafetensors(
  model: LayersModel,
  information: ModelInformation,
  precision: Precision = 'float32',
): SafetensorsFile {
  const sizes = torchSizes(model);
  const tensors = sizes ? torchTensors(model) : ownTensors(model);
  const header: Record<string, object> = {
    __metadata__: {
      format: 'pt',
      ...sizes,
      ...(information.layout && { layout: information.layout }),
      camtune: JSON.stringify(information),
    },
  };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    if (Object.hasOwn(header, name)) throw new Failure(`two weights of the network are called '${name}'`);
    const data = precision === 'float16' ? encodeFloat16(values) : values;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const end = offset + bytes.length;
    header[name] = { dtype: precision === 'float16' ? 'F16' : 'F32', shape, data_offsets: [offset, end] };
    parts.push(bytes);
    offset = end;
  }
  // The data begins at a multiple of eight.
  const text = Buffer.from(JSON.stringify(header));
  const json = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return { bytes: Buffer.concat([length, json, ...parts]), names: sizes ? 'torch' : 'layers' };
}

interface NamedTensor {
  name: string;
  shape: number[];
  values: Float32Array;
}

function torchTensors(model: LayersModel): NamedTensor[] {
  return torchParameters(model).map(({ name, shape, variable }) => {
    const own = variable.shape as number[];
    const order = own.length === 4 ? [3, 2, 0, 1] : own.length === 2 ? [1, 0] : [0];
    return { name, shape, values: permute(variable.read().dataSync<'float32'>(), own, order) };
  });
}

function ownTensors(model: LayersModel): NamedTensor[] {
  return model.weights.map((variable) => ({
    name: variable.originalName,
    shape: variable.shape as number[],
    values: variable.read().dataSync<'float32'>(),
  }));
}

/** What the loader has to know of a network under torchvision's names; undefined for every other network. */
function torchSizes(model: LayersModel): Record<string, string> | undefined {
  const kernel = (name: string): number[] | undefined =>
    model.layers.find((layer) => layer.name === name)?.weights[0]?.shape as number[] | undefined;
  if (model.name === 'vgg19') {
    const [first, hidden] = [kernel('features_0'), kernel('classifier_0')];
    return first && hidden && { width: String(first[3]), hidden: String(hidden[1]) };
  }
  const first = kernel('conv1');
  const norm = model.layers.find((layer) => layer.name === 'bn1') as { epsilon?: number } | undefined;
  if (model.name !== 'resnet50' || !first || !norm?.epsilon) return undefined;
  const blocks: number[] = [];
  for (const { name } of model.layers) {
    const [, stage] = /^layer(\d+)_\d+_conv1$/.exec(name) ?? [];
    if (stage) blocks[Number(stage) - 1] = (blocks[Number(stage) - 1] ?? 0) + 1;
  }
  return {
    width: String(first[3]),
    blocks: blocks.join(','),
    batch_norm_epsilon: String(norm.epsilon),
  };
}
