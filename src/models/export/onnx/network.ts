import { Failure } from '../../../errors.js';
import { firstFew } from '../../../text/format.js';
import { findEnding, findTarget, flatten, type Classifier, type Graph } from '../../classifier/index.js';
import {
  elementType,
  encodeOnnx,
  type OnnxModel,
  type OnnxTensor,
  type OnnxValueInfo,
} from '../../onnx/index.js';
import type { PartialDeep } from '../../onnx/index.js';
import { ordered, settled } from './arrange.js';
import { inputValue } from './input.js';
import { settingsOf } from './layer.js';
import { writeAttention, writeMap, type Patches } from './map.js';
import { exportOf } from './table.js';
import { plainOrder, type Value } from './value.js';
import { writer as newWriter, type Precision, type Writer } from './writer.js';

export interface OnnxOptions {
  /** Of the weights and of what is computed; what goes in and comes out is float32. Default 'float32'. */
  precision?: Precision;
  /** A second output: the CAM of the most likely class, or what a transformer's class token attends to. */
  withMap?: boolean;
  /** Is kept in the file. */
  metadata?: Record<string, string>;
}

/** What one file holds: protocol buffers count their bytes in 31 bits. */
const largestFile = 2 ** 31 - 1;

/**
 * A network as an ONNX model (opset 17): input `pixel_values` float32 [batch, C, H, W], RGB where C is 3 (and for a
 * network of one gray channel), output `logits` float32 [batch, classes] and, where asked for, `map` float32
 * [batch, h, w] in [0, 1]. H and W are open where the network takes any size.
 *
 * @returns the bytes of the file
 * @throws Failure that lists all layers which cannot be written, or where the weights are too many for one file;
 *   InvalidInput for a map of a network that has none in closed form
 */
export function toOnnx(network: Classifier, options: OnnxOptions = {}): Uint8Array {
  const model = modelOf(network, options);
  const size = sizeOf(model.graph!.initializer!);
  if (size * slack > largestFile) {
    throw new Failure(
      `the weights take ${(size / 2 ** 30).toFixed(1)} GiB, and an ONNX file holds 2: write them into a file of their own (toOnnxFiles(), camtune export)`,
    );
  }
  return encodeOnnx(model);
}

/** An ONNX model, and its weights where they do not go into the same file. */
export interface OnnxFiles {
  model: Uint8Array;
  /** What the file beside it consists of, one part after the other. */
  data?: Uint8Array[];
}

/**
 * The same with the weights in a file of their own where one file would be too large for them.
 *
 * @param dataName of that file, which has to lie beside the model
 * @param largest bytes of a model with its weights
 */
export function toOnnxFiles(
  network: Classifier,
  options: OnnxOptions,
  dataName: string,
  largest = largestFile,
): OnnxFiles {
  const model = modelOf(network, options);
  const initializers = model.graph!.initializer!;
  if (sizeOf(initializers) * slack <= largest) return { model: encodeOnnx(model) };
  const data: Uint8Array[] = [];
  let offset = 0;
  const initializer = initializers.map(({ raw_data: bytes, ...tensor }) => {
    // Shapes and indices have to be known before weights are read.
    if (bytes!.length < leastOutside) return { ...tensor, raw_data: bytes };
    const gap = (page - (offset % page)) % page;
    if (gap > 0) data.push(new Uint8Array(gap));
    offset += gap;
    data.push(bytes!);
    const entries = { location: dataName, offset: String(offset), length: String(bytes!.length) };
    offset += bytes!.length;
    const external_data = Object.entries(entries).map(([key, value]) => ({ key, value }));
    return { ...tensor, data_location: 1, external_data };
  });
  return { model: encodeOnnx({ ...model, graph: { ...model.graph, initializer } }), data };
}

/** For names and nodes. */
const slack = 1.001;
const leastOutside = 1024;
/** Runtimes map files into memory by pages. */
const page = 4096;

function sizeOf(initializers: PartialDeep<OnnxTensor>[]): number {
  return initializers.reduce((sum, { raw_data: data }) => sum + data!.length, 0);
}

function modelOf(network: Classifier, options: OnnxOptions): PartialDeep<OnnxModel> {
  const { precision = 'float32', withMap = false, metadata = {} } = options;
  const graph = flatten(network.model);
  checkLayers(graph);
  const { stripped } = findEnding(graph, network.classes);
  const target = network.linearHead && findTarget(graph, network.layer!);
  const writer = newWriter(precision);
  const isHalf = precision === 'float16';
  const [height, width, channels] = network.inputShape;
  const pixels = isHalf
    ? writer.node('pixel_values', 'Cast', ['pixel_values'], { to: elementType.FLOAT16 })
    : 'pixel_values';

  const values = new Map<number, Value>([
    [
      graph.input,
      inputValue(pixels, [null, height, width, channels], network.preprocessing?.channels ?? 'RGB'),
    ],
  ]);
  let attention: string | undefined;
  for (const step of graph.steps) {
    const inputs = step.inputs.map((input) => values.get(input)!);
    const use = { layer: step.layer, shape: step.shape, isEnding: step === stripped, writer };
    const value = exportOf(step.layer.getClassName())!(use, inputs);
    values.set(step.outputs[0]!, value);
    attention = value.attention ?? attention;
  }
  const last = settled(writer, values.get(graph.output)!);
  const logits = ordered(writer, last, plainOrder(last.shape)).name;
  const patches = attention === undefined ? undefined : patchesOf(graph);
  const map = !withMap
    ? undefined
    : patches
      ? writeAttention(writer, attention!, patches)
      : writeMap(writer, network, logits, target && values.get(target.outputs[0]!));
  const mapShape = patches ? [null, patches.rows, patches.columns] : target?.shape;

  output(writer, logits, 'logits', isHalf);
  if (map !== undefined) output(writer, map, 'map', isHalf);
  const floats = (name: string, dims: (number | string)[]) => valueInfo(name, dims);
  const inputChannels = channels === 1 ? 3 : channels;
  const model: PartialDeep<OnnxModel> = {
    ir_version: 8,
    producer_name: 'camtune',
    opset_import: [{ domain: '', version: 17 }],
    graph: {
      name: network.model.name,
      node: writer.nodes,
      initializer: writer.initializers,
      input: [floats('pixel_values', ['batch', inputChannels, height ?? 'height', width ?? 'width'])],
      output: [
        floats('logits', ['batch', network.classes]),
        ...(map === undefined ? [] : [floats('map', ['batch', ...mapSize(mapShape)])]),
      ],
    },
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  };
  return model;
}

/** The patches of a transformer that tells the classes from one of its tokens. */
function patchesOf({ steps }: Graph): Patches | undefined {
  const last = <Settings>(kind: string) => {
    const step = steps.findLast(({ layer }) => layer.getClassName() === kind);
    return step && settingsOf<Settings>(step.layer);
  };
  const grid = last<{ given: Omit<Patches, 'token'> }>('TokenGrid')?.given;
  const token = last<{ index: number }>('TakeToken')?.index;
  return grid && token !== undefined && token < grid.prefix ? { ...grid, token } : undefined;
}

function checkLayers(graph: Graph): void {
  const unknown = new Map<string, string[]>();
  for (const { layer, outputs } of graph.steps) {
    const kind = layer.getClassName();
    if (exportOf(kind) && outputs.length === 1) continue;
    unknown.set(kind, [...(unknown.get(kind) ?? []), `'${layer.name}'`]);
  }
  if (unknown.size === 0) return;
  const list = [...unknown].map(([kind, names]) => `${kind} (${firstFew([...new Set(names)], 5)})`);
  throw new Failure(
    `layers that cannot be written as ONNX: ${list.join(', ')}; registerOnnxLayer() teaches it a layer of your own, and --format tfjs and safetensors take any`,
  );
}

/** Gives a value its name as an output, in float32. */
function output(writer: Writer, value: string, name: string, isHalf: boolean): void {
  writer.nodes.push({
    name,
    op_type: isHalf ? 'Cast' : 'Identity',
    input: [value],
    output: [name],
    ...(isHalf && { attribute: [{ name: 'to', type: 2, i: elementType.FLOAT }] }),
  });
}

function mapSize([, height, width]: Value['shape'] = []): (number | string)[] {
  return [height ?? 'map_height', width ?? 'map_width'];
}

function valueInfo(name: string, dims: (number | string)[]): PartialDeep<OnnxValueInfo> {
  const dim = dims.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: elementType.FLOAT, shape: { dim } } } };
}
