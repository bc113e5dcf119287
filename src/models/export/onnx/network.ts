import { Failure } from '../../../errors.js';
import { someOf } from '../../../format.js';
import { findEnding, findTarget, flatten, type Classifier, type Graph } from '../../classifier/index.js';
import { elementType, encodeOnnx, type OnnxModel, type OnnxValueInfo } from '../../onnx/index.js';
import type { Partially } from '../../onnx/index.js';
import { ordered, settled } from './arrange.js';
import { inputValue } from './input.js';
import { writeMap } from './map.js';
import { exportOf } from './table.js';
import { plainOrder, type Value } from './value.js';
import { writer as newWriter, type Precision, type Writer } from './writer.js';

export interface OnnxOptions {
  /** Of the weights and of what is computed; what goes in and comes out is float32. Default 'float32'. */
  precision?: Precision;
  /** A second output: the CAM of the likeliest class. */
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
  for (const step of graph.steps) {
    const inputs = step.inputs.map((input) => values.get(input)!);
    const use = { layer: step.layer, shape: step.shape, isEnding: step === stripped, writer };
    values.set(step.outputs[0]!, exportOf(step.layer.getClassName())!(use, inputs));
  }
  const last = settled(writer, values.get(graph.output)!);
  const logits = ordered(writer, last, plainOrder(last.shape)).name;
  const map = withMap
    ? writeMap(writer, network, logits, target && values.get(target.outputs[0]!))
    : undefined;

  output(writer, logits, 'logits', isHalf);
  if (map !== undefined) output(writer, map, 'map', isHalf);
  const floats = (name: string, dims: (number | string)[]) => valueInfo(name, dims);
  const inputChannels = channels === 1 ? 3 : channels;
  const model: Partially<OnnxModel> = {
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
        ...(map === undefined ? [] : [floats('map', ['batch', ...mapSize(target?.shape)])]),
      ],
    },
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  };
  const size = writer.initializers.reduce((sum, { raw_data: data }) => sum + data!.length, 0);
  // A thousandth for names and nodes.
  if (size * 1.001 > largestFile) {
    throw new Failure(
      `the weights take ${(size / 2 ** 30).toFixed(1)} GiB, and an ONNX file holds 2: export with --precision float16, or as safetensors or tfjs`,
    );
  }
  return encodeOnnx(model);
}

function checkLayers(graph: Graph): void {
  const unknown = new Map<string, string[]>();
  for (const { layer, outputs } of graph.steps) {
    const kind = layer.getClassName();
    if (exportOf(kind) && outputs.length === 1) continue;
    unknown.set(kind, [...(unknown.get(kind) ?? []), `'${layer.name}'`]);
  }
  if (unknown.size === 0) return;
  const list = [...unknown].map(([kind, names]) => `${kind} (${someOf([...new Set(names)], 5)})`);
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

function valueInfo(name: string, dims: (number | string)[]): Partially<OnnxValueInfo> {
  const dim = dims.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: elementType.FLOAT, shape: { dim } } } };
}
