import { readdir, readFile } from 'node:fs/promises';
import { decodeOnnx, encodeOnnx, type OnnxModel } from '../../../src/models/onnx/index.js';
import type { Random } from '../../../src/random.js';
import type { Format } from './format.js';
import { below, mutateBytes, pick } from './mutate-bytes.js';

const name = 'net.onnx';
const fixtures = new URL('../../../test/models/onnx/fixtures/', import.meta.url);

/** Graphs of both of PyTorch's exporters. */
export const onnxFormat: Format = {
  async seeds() {
    const files = (await readdir(fixtures)).filter((file) => file.endsWith('.onnx')).sort();
    return Promise.all(files.map(async (file) => ({ [name]: await readFile(new URL(file, fixtures)) })));
  },
  mutate(given, next) {
    if (next() < 0.4) return { [name]: mutateBytes(given[name]!, next) };
    const model = decodeOnnx(Uint8Array.from(given[name]!));
    for (let left = 1 + below(3, next); left > 0; left--) pick(accidents, next)(model, next);
    return { [name]: Buffer.from(encodeOnnx(model)) };
  },
};

const numbers = [-(2 ** 31), -2, -1, 0, 1, 2, 3, 7, 1e4, 1e8, 2 ** 31 - 1];
const operators = ['Relu', 'Add', 'Conv', 'MatMul', 'Reshape', 'Slice', 'Gather', 'Concat', 'Split', 'Pad', 'Expand', 'Tile', 'Range', 'Resize', 'Einsum', 'TopK', 'ConstantOfShape', 'ConvTranspose', 'If']; // prettier-ignore

/** What may befall a graph. */
const accidents: ((model: OnnxModel, next: Random) => void)[] = [
  function rewire({ graph }, next) {
    const node = pick(graph.node, next);
    const names = [
      ...graph.node.flatMap(({ output }) => output),
      ...graph.initializer.map((each) => each.name),
      '',
    ];
    if (node.input.length > 0) node.input[below(node.input.length, next)] = pick(names, next);
  },
  function rename({ graph }, next) {
    const node = pick(graph.node, next);
    node.output[0] = pick(pick(graph.node, next).output, next);
  },
  function otherOperator({ graph }, next) {
    pick(graph.node, next).op_type = pick(operators, next);
  },
  function leaveOut({ graph }, next) {
    graph.node.splice(below(graph.node.length, next), 1);
  },
  function repeat({ graph }, next) {
    graph.node.push(pick(graph.node, next));
  },
  function attribute({ graph }, next) {
    const { attribute } = pick(graph.node, next);
    if (attribute.length === 0) return;
    const { ints, ...rest } = pick(attribute, next);
    if (ints.length > 0) ints[below(ints.length, next)] = pick(numbers, next);
    else Object.assign(pick(attribute, next), { ...rest, i: pick(numbers, next) });
  },
  function dimension({ graph }, next) {
    const { dims } = pick(graph.initializer, next);
    if (next() < 0.3) dims.push(pick(numbers, next));
    else if (dims.length > 0) dims[below(dims.length, next)] = pick(numbers, next);
  },
  function integers({ graph }, next) {
    const shapes = graph.initializer.filter(
      ({ data_type: type, raw_data: raw }) => type === 7 && raw && raw.length >= 8,
    );
    if (shapes.length === 0) return;
    const { raw_data: raw } = pick(shapes, next);
    const view = new DataView(raw!.buffer, raw!.byteOffset, raw!.byteLength);
    view.setBigInt64(8 * below(Math.floor(raw!.length / 8), next), BigInt(pick(numbers, next)), true);
  },
  function elementType({ graph }, next) {
    pick(graph.initializer, next).data_type = below(20, next);
  },
];
