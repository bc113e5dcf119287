import { input as inputLayer, model as layersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { Failure, show } from '../../errors.js';
import { elementCount } from '../manifest.js';
import { largestSide } from '../preprocessing.js';
import { inlineFunctions } from './inline-functions.js';
import type { OnnxNode, OnnxValueInfo } from './messages.js';
import { fuseNodes } from './fuse/index.js';
import { computed, fromParameters } from './names.js';
import { isConstant, newNetwork, parametersOf, type Network } from './network.js';
import { readNode } from './node.js';
import { handlerOf } from './operators/index.js';
import { reshapeTensor } from './reshape.js';
import { orderNodes } from './order-nodes.js';
import { matMulWithBias } from './linear.js';
import type { OnnxFile } from './read-onnx.js';
import { constantOf, numberOf } from './tensors.js';
import { sharedParameters } from './shared-parameters.js';
import {
  batchAxis,
  isBatch,
  sameSize,
  shapeText,
  type Constant,
  type Size,
  type Tensor,
  type Value,
} from './values.js';

/** Larger ones are taken for weights unseen. */
const mostFilled = 2 ** 16;

export interface BuiltNetwork {
  model: LayersModel;
  notes: string[];
}

/**
 * The network of an ONNX file, one layer an operator.
 *
 * @param side of the images where the graph leaves it open
 * @throws Failure where the graph is broken, no image classifier, or has operators that are not known
 */
export function buildNetwork(file: OnnxFile, path: string, side: number): BuiltNetwork {
  const { graph } = file.model;
  const initializers = new Map<string, Value>();
  for (const tensor of graph.initializer) {
    if (initializers.has(tensor.name))
      throw new Failure(`${path}: two things give the value ${show(tensor.name)}`);
    const value = constantOf(tensor, `${path}: '${tensor.name}'`, file.external);
    const isTrained = !computed.test(tensor.name) && !isFill(tensor.name, value);
    initializers.set(tensor.name, isTrained ? { ...value, parameter: tensor.name } : value);
  }
  const inputs = graph.input.filter(({ name }) => !initializers.has(name));
  if (inputs.length !== 1) {
    throw new Failure(
      `${path}: has ${inputs.length} inputs (${inputs
        .slice(0, 5)
        .map(({ name }) => show(name))
        .join(', ')}); a classifier of images has one`,
    );
  }
  const [given] = inputs as [OnnxValueInfo];
  const output = graph.output[0]?.name;
  if (output === undefined) throw new Failure(`${path}: has no output`);
  const known = new Set([...initializers.keys(), given.name]);
  const ordered = orderNodes(inlineFunctions(file.model, path), output, known, path);
  refuseUnknown(ordered, path);
  const nodes = fuseNodes(ordered, initializers, output, file.external);

  const { image, batch, note } = imageOf(given, side, path);
  const network = newNetwork(batch, file.opset);
  if (note) network.notes.add(note);
  if (graph.output.length > 1)
    network.notes.add(`${graph.output.length} outputs: the first, '${output}', is taken as the classes`);
  const values = new Map([...initializers, [given.name, image]]);
  const made = [...initializers]
    .filter(
      ([name, value]) => isConstant(value) && value.parameter !== undefined && fromParameters.test(name),
    )
    .map(([name]) => name);
  if (made.length > 0) network.notes.add(madeNote(made));
  const { nodes: inOrder, before } = sharedParameters(nodes, initializers);
  const prepare = (node: OnnxNode) => {
    for (const { name, like } of before.get(node) ?? []) {
      const value = values.get(name)!;
      // A matrix that is made of a parameter may be a kernel.
      const isValue = value.shape.length > (initializers.has(name) ? 1 : 2) && value.shape[0] === 1;
      if (value.kind === 'constant' && isValue)
        values.set(name, perImage(network, value, values.get(like), image, path));
    }
  };
  const result = run(inOrder, values, network, file, output, path, prepare);
  const logits = asLogits(network, result, path);
  const model = layersModel({ inputs: image.symbol, outputs: logits.symbol, name: 'onnx' });
  return { model, notes: [...network.notes] };
}

/** Two values of one parameter would have to be trained together, and nothing in the file says so. */
function madeNote(names: string[]): string {
  const listed = names.slice(0, 5).map(show).join(', ') + (names.length > 5 ? ', ...' : '');
  return (
    `the exporter computed ${listed} of parameters: trained as they are, each on its own; ` +
    'torch.onnx.export(..., dynamo=False) leaves the parameters themselves'
  );
}

/** Whether a value without a name is one number over and over: what a mask is filled with, where weights differ. */
function isFill(name: string, value: Constant): boolean {
  if (!/^val_\d+$/.test(name) || elementCount(value.shape) > mostFilled) return false;
  const values = value.read();
  return values.every((each) => each === values[0]);
}

/** A parameter [1, ...] as a tensor [N, ...], N being that of another value. */
function perImage(
  network: Network,
  parameter: Constant,
  like: Value | undefined,
  image: Tensor,
  path: string,
): Value {
  const N = image.shape[batchAxis(image)]!;
  const source = like?.kind === 'tensor' && sameSize(like.shape[batchAxis(like)]!, N) ? like : image;
  const name = parametersOf(parameter)[0] ?? '';
  const node = readNode(
    { op_type: 'Expand', name, input: [], output: [name], domain: '', attribute: [] },
    path,
  );
  const shape = [N, ...parameter.shape.slice(1)];
  const order = shape.map((_, axis) => axis);
  return network.operation(node, 'perImage', {}, [source, parameter], shape, order);
}

function run(
  nodes: OnnxNode[],
  values: Map<string, Value>,
  network: Network,
  file: OnnxFile,
  output: string,
  path: string,
  prepare: (node: OnnxNode) => void,
): Value {
  const biases = matMulWithBias(nodes, values, output);
  for (const raw of nodes) {
    prepare(raw);
    const node = readNode(raw, path);
    const inputs = node.inputs.map((name) => {
      if (name === '') return undefined;
      const value = values.get(name);
      if (!value) throw node.refuse(`needs ${show(name)}, an output that is not computed`);
      return value;
    });
    let results: Value | Value[];
    const linear = biases.get(raw);
    const skipped = biases.skipped.get(raw);
    try {
      if (skipped !== undefined) results = values.get(skipped)!;
      else
        results = handlerOf(node.type)!({
          node,
          network,
          inputs,
          external: file.external,
          ...(linear && { bias: linear }),
        });
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure(`${path}: ${node.label}: ${firstLine(error)}`, { cause: error });
    }
    [results].flat().forEach((value, index) => {
      const name = node.outputs[index];
      if (name) values.set(name, value);
    });
  }
  return values.get(output)!;
}

function firstLine(error: unknown): string {
  if (error instanceof TypeError || error instanceof RangeError)
    return 'its inputs or its attributes are malformed';
  return (error as Error).message.split('\n')[0]!.slice(0, 300);
}

/** @throws Failure that names every operator which is not known */
function refuseUnknown(nodes: OnnxNode[], path: string): void {
  const unknown = new Map<string, string[]>();
  for (const { op_type, domain, name, output } of nodes) {
    const own = domain === '' || domain === 'ai.onnx';
    if (own && handlerOf(op_type)) continue;
    const type = own ? op_type : `${domain}.${op_type}`;
    unknown.set(type, [...(unknown.get(type) ?? []), name || output[0] || '']);
  }
  if (unknown.size === 0) return;
  const list = [...unknown].map(([type, names]) => {
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return `${type} (${names
      .slice(0, 3)
      .map((name) => `'${name}'`)
      .join(', ')}${more})`;
  });
  throw new Failure(
    `${path}: has operators that are not known: ${list.join('; ')}; docs/networks.md lists those that are`,
  );
}

interface Image {
  image: Tensor;
  batch: number;
  note?: string;
}

function imageOf({ name, type }: OnnxValueInfo, side: number, path: string): Image {
  const dims = type?.tensor_type?.shape?.dim.map((dim) =>
    dim.dim_value === undefined ? 0 : numberOf(dim.dim_value),
  );
  const refuse = (what: string) =>
    new Failure(
      `${path}: its input '${name}' ${what}; a classifier of images takes [N, C, H, W] or [N, H, W, C]`,
    );
  if (dims?.length !== 4) throw refuse(dims ? `has ${dims.length} axes` : 'says nothing of its shape');
  const isChannels = (size: number | undefined) => size === 3 || size === 1;
  const first = isChannels(dims[1]);
  if (!first && !isChannels(dims[3])) throw refuse(`has sizes [${dims.join(', ')}] (0 is open)`);
  const [height, width] = first ? dims.slice(2) : dims.slice(1, 3);
  const size = [height! || side, width! || side] as [number, number];
  if (size.some((value) => value > largestSide) || size.some((value) => value < 1)) {
    throw refuse(
      `wants pictures of ${size.join(' x ')} pixels; from 1 to ${largestSide} a side can be computed`,
    );
  }
  const channels = first ? dims[1]! : dims[3]!;
  const symbol = inputLayer({ shape: [...size, channels], name: 'image' });
  const N: Size = { batches: 1 };
  const image: Tensor = first
    ? { kind: 'tensor', shape: [N, channels, ...size], order: [0, 2, 3, 1], symbol }
    : { kind: 'tensor', shape: [N, ...size, channels], order: [0, 1, 2, 3], symbol };
  const open = !height || !width;
  return {
    image,
    batch: Math.max(1, dims[0]!),
    ...(open && { note: `the file leaves the size of its images open: ${size.join('×')} px is taken` }),
  };
}

function asLogits(network: Network, value: Value, path: string): Tensor {
  if (value.kind === 'constant') throw new Failure(`${path}: its output does not depend on the image`);
  const { shape } = value;
  const classes = shape.filter((size) => !isBatch(size) && size !== 1);
  const axis = batchAxis(value);
  const one = (shape[axis] as { batches: number }).batches === 1;
  if (classes.length > 1 || !one)
    throw new Failure(`${path}: its output has shape ${shapeText(shape)}; a classifier gives [N, classes]`);
  const wanted: Size[] = [shape[axis]!, classes[0] ?? 1];
  if (shape.length === 2 && axis === 0) return network.place(value, [0, 1]);
  const node = readNode(
    { op_type: 'Reshape', name: 'logits', input: [], output: [], domain: '', attribute: [] },
    path,
  );
  return reshapeTensor(network, node, value, wanted);
}
