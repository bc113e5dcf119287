import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { permute } from '../../../weights/index.js';
import { activate } from '../activations.js';
import { ordered, reshaped, settled } from '../arrange.js';
import { contentOf, settingsOf, type LayerExport, type LayerUse } from '../layer.js';
import { imageOrder, plainOrder, type Value } from '../value.js';
import { overImage } from '../window.js';

/** Gelu. */
export const gelu: LayerExport = ({ layer, writer }, [input]) => activate(writer, layer.name, input!, 'gelu');

/** PyTorch's hard sigmoid and hard swish. */
export function hard(operator: 'HardSigmoid' | 'HardSwish'): LayerExport {
  return ({ layer, writer }, [input]) => {
    const value = settled(writer, input!, 'flattened');
    const slope = { alpha: { float: 1 / 6 }, beta: { float: 0.5 } };
    const attributes = operator === 'HardSigmoid' ? slope : {};
    return {
      ...value,
      name: writer.node(layer.name, operator, [value.name], attributes),
      nonNegative: false,
    };
  };
}

/** GroupedConv2D: kernel [h, w, in / groups, out]. */
export const groupedConv2d: LayerExport = ({ layer, writer, shape }, [input]) => {
  const { given, kernel } = settingsOf<{
    given: { strides: number; padding: string; groups: number };
    kernel: LayerVariable;
  }>(layer);
  const { shape: sizes, values } = contentOf(kernel);
  const [height, width, depth, filters] = sizes as [number, number, number, number];
  const strides = [given.strides, given.strides];
  const window = { kernel: [height, width], strides, padding: given.padding };
  const { image, attributes } = overImage(
    writer,
    input!,
    { ...window, dataFormat: 'channelsLast' },
    () => true,
  );
  const turned = permute(values, sizes, [3, 2, 0, 1]);
  const weight = writer.weight(`${layer.name}.weight`, [filters, depth, height, width], turned);
  const { name } = settled(writer, image);
  const result = writer.node(layer.name, 'Conv', [name, weight], { ...attributes, group: given.groups });
  return { name: result, shape, order: imageOrder.channelsLast };
};

/** LayerScale: a factor for each channel. */
export const layerScale: LayerExport = (use, [input]) => {
  const { layer, writer, shape } = use;
  const { shape: sizes, values } = contentOf(settingsOf<{ gamma: LayerVariable }>(layer).gamma);
  const value = settled(writer, input!);
  const places = value.order.map((axis) => (axis === shape.length - 1 ? sizes[0]! : 1));
  const gamma = writer.weight(`${layer.name}.gamma`, places, values);
  return { name: writer.node(layer.name, 'Mul', [value.name, gamma]), shape, order: value.order };
};

/** [N, T, D] with its axes as tfjs has them. */
function sequence({ writer }: LayerUse, input: Value): Value {
  return ordered(writer, settled(writer, input), plainOrder(input.shape));
}

/** LearnedTokens: the same for every image, before the token `at`. */
export const learnedTokens: LayerExport = (use, [input]) => {
  const { layer, writer, shape } = use;
  const { tokens, at, count } = settingsOf<{ tokens: LayerVariable; at: number; count: number }>(layer);
  const value = sequence(use, input!);
  const node = (operator: string, inputs: string[], attributes = {}) =>
    writer.node(layer.name, operator, inputs, attributes);
  const learned = writer.weight(`${layer.name}.tokens`, [1, count, shape[2]!], contentOf(tokens).values);
  const batch = node('Slice', [node('Shape', [value.name]), writer.integers([0]), writer.integers([1])]);
  const sizes = node('Concat', [batch, writer.integers([count, shape[2]!])], { axis: 0 });
  const spread = node('Expand', [learned, sizes]);
  const parts =
    at === 0
      ? [spread, value.name]
      : [part(use, value.name, 0, at), spread, part(use, value.name, at, 2 ** 31 - 1)];
  return { name: node('Concat', parts, { axis: 1 }), shape, order: plainOrder(shape) };
};

/** Tokens from one place to before another. */
function part({ layer, writer }: LayerUse, name: string, from: number, to: number): string {
  const ends = [writer.integers([from]), writer.integers([to]), writer.integers([1])];
  return writer.node(layer.name, 'Slice', [name, ...ends]);
}

/** PositionEmbedding. */
export const positionEmbedding: LayerExport = (use, [input]) => {
  const { layer, writer, shape } = use;
  const { shape: sizes, values } = contentOf(settingsOf<{ positions: LayerVariable }>(layer).positions);
  const value = sequence(use, input!);
  const positions = writer.weight(`${layer.name}.positions`, sizes, values);
  return { name: writer.node(layer.name, 'Add', [value.name, positions]), shape, order: value.order };
};

/** TakeToken. */
export const takeToken: LayerExport = (use, [input]) => {
  const { layer, writer, shape } = use;
  const { index } = settingsOf<{ index: number }>(layer);
  const value = sequence(use, input!);
  const end = index === -1 ? 2 ** 31 - 1 : index + 1;
  const inputs = [part(use, value.name, index, end), writer.integers([1])];
  return { name: writer.node(layer.name, 'Squeeze', inputs), shape, order: plainOrder(shape) };
};

/** MeanOfPatches. */
export const meanOfPatches: LayerExport = (use, [input]) => {
  const { layer, writer, shape } = use;
  const { prefix } = settingsOf<{ prefix: number }>(layer);
  const value = sequence(use, input!);
  const patches = prefix === 0 ? value.name : part(use, value.name, prefix, 2 ** 31 - 1);
  const name = writer.node(layer.name, 'ReduceMean', [patches], { axes: [1], keepdims: 0 });
  return { name, shape, order: plainOrder(shape) };
};

/** TokenGrid: an image of patches, which nothing need be moved for. */
export const tokenGrid: LayerExport = (use, [input]) => {
  const { layer, writer, shape } = use;
  const { prefix } = settingsOf<{ given: { prefix: number } }>(layer).given;
  const value = sequence(use, input!);
  const patches = prefix === 0 ? value.name : part(use, value.name, prefix, 2 ** 31 - 1);
  const sizes = writer.integers([0, ...(shape.slice(1) as number[])]);
  return { name: writer.node(layer.name, 'Reshape', [patches, sizes]), shape, order: plainOrder(shape) };
};

/** GridTokens: the tokens before the patches, and the patches of the grid. */
export const gridTokens: LayerExport = (use, [tokens, grid]) => {
  const { layer, writer, shape } = use;
  const { prefix } = settingsOf<{ prefix: number }>(layer);
  const [, rows, columns, channels] = grid!.shape as [null, number, number, number];
  const patches = reshaped(writer, grid!, [null, rows * columns, channels]);
  if (prefix === 0) return { ...patches, shape };
  const first = part(use, sequence(use, tokens!).name, 0, prefix);
  const name = writer.node(layer.name, 'Concat', [first, patches.name], { axis: 1 });
  return { name, shape, order: plainOrder(shape) };
};

/** SelfAttention: what each token takes of which other stands in `attention`, [N, heads, T, T]. */
export const selfAttention: LayerExport = (use, [input]) => {
  const { layer, writer, shape } = use;
  const { heads } = settingsOf<{ heads: number }>(layer);
  const [, length, width] = shape as [null, number | null, number];
  const node = (operator: string, inputs: string[], attributes = {}) =>
    writer.node(layer.name, operator, inputs, attributes);
  const value = sequence(use, input!);
  const depth = width / heads;
  const split = node('Reshape', [value.name, writer.integers([0, length ?? -1, 3, heads, depth])]);
  // [3, N, heads, T, d]
  const turned = node('Transpose', [split], { perm: [2, 0, 3, 1, 4] });
  const [queries, keys, values] = [0, 1, 2].map((index) =>
    node('Squeeze', [
      node('Slice', [turned, writer.integers([index]), writer.integers([index + 1]), writer.integers([0])]),
      writer.integers([0]),
    ]),
  ) as [string, string, string];
  const scaled = node('Mul', [queries, writer.number(depth ** -0.5)]);
  const scores = node('MatMul', [scaled, node('Transpose', [keys], { perm: [0, 1, 3, 2] })]);
  const attention = node('Softmax', [scores], { axis: 3 });
  const mixed = node('Transpose', [node('MatMul', [attention, values])], { perm: [0, 2, 1, 3] });
  const name = node('Reshape', [mixed, writer.integers([0, length ?? -1, width])]);
  return { name, shape, order: plainOrder(shape), attention };
};
