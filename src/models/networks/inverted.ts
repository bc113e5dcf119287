import { input, layers, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { HardSigmoid, HardSwish } from '../layers/index.js';
import type { BuildOptions, Find } from './architecture.js';
import { countWhile, shapeOfFirst } from './count.js';
import {
  activation,
  add,
  applied,
  batchNorm,
  checkedSize,
  convolution,
  dense,
  logits,
  network,
  stochasticDepth,
} from './parts.js';

/** An inverted residual: wide inside, narrow at its ends. */
export interface InvertedBlock {
  /** Channels inside; as many as come in: there is no expansion. */
  hidden: number;
  /** Channels that go out. */
  channels: number;
  /** Side of the depthwise kernel. */
  kernel: number;
  /** Channels inside the squeeze-and-excitation; 0: there is none. */
  squeeze: number;
}

/** The sizes of a network of inverted residuals. */
export interface InvertedConfig {
  /** Channels of the first convolution. */
  stem: number;
  /** Of each stage. */
  blocks: InvertedBlock[][];
  /** Channels of the last convolution. */
  top: number;
  /** Units of a linear layer before the last one; 0: there is none. */
  units: number;
  /** Of the batch norms; default 1e-5. */
  epsilon?: number;
  /** Rate of the stochastic depth of the last block; default 0. */
  depthDrop?: number;
}

export type ActivationName = 'relu' | 'relu6' | 'swish' | 'hard-swish';

/** What the networks of a family have in common. */
export interface InvertedStyle {
  name: string;
  /** Of the first block of each stage. */
  strides: number[];
  /** Of the first and the last convolution, and of a linear layer between. */
  ends: ActivationName;
  /** Inside the blocks of a stage. */
  inside: (stage: number) => ActivationName;
  squeeze: { inside: ActivationName; gate: 'sigmoid' | 'hard-sigmoid' };
  dropout: number;
}

/** Reads the sizes of such a network; undefined where it is none, or has another number of stages. */
export function configureInverted(find: Find, stages: number): InvertedConfig | undefined {
  const outputs = (name: string): number | undefined =>
    shapeOfFirst(find, `${name}.conv.weight`, `${name}.bn.weight`)?.[0];
  const [stem, top] = [outputs('stem'), outputs('top')];
  if (stem === undefined || top === undefined) return undefined;
  const channels = (stage: number, block: number) => outputs(`blocks.${stage}.${block}.project`);
  const counted = countWhile((stage) => channels(stage, 0) !== undefined).map((stage) =>
    countWhile((block) => channels(stage, block) !== undefined),
  );
  if (counted.length !== stages) return undefined;
  const blocks = counted.map((list, stage) =>
    list.map((block) => {
      const name = `blocks.${stage}.${block}`;
      return {
        hidden: outputs(`${name}.depthwise`) ?? 1,
        channels: channels(stage, block)!,
        kernel: find(`${name}.depthwise.conv.weight`)?.[2] ?? 3,
        squeeze: shapeOfFirst(find, `${name}.squeeze.reduce.weight`, `${name}.squeeze.reduce.bias`)?.[0] ?? 0,
      };
    }),
  );
  return { stem, blocks, top, units: find('hidden.weight')?.[0] ?? 0 };
}

/** A network of inverted residuals: input [N, H, W, 3], output [N, classes] (logits). */
export function inverted(
  config: InvertedConfig,
  style: InvertedStyle,
  name: string,
  options: BuildOptions,
): LayersModel {
  const { stem, blocks, top, units, epsilon, depthDrop = 0 } = config;
  const inputSize = checkedSize(options.inputSize ?? null, 32);
  const image = input({ shape: [inputSize, inputSize, 3], name: 'image' });
  let x = convolution(image, 'stem_conv', { filters: stem, kernel: 3, stride: 2 });
  x = activate(batchNorm(x, 'stem_bn', epsilon), 'stem_act', style.ends);
  const count = blocks.flat().length;
  let position = 0;
  blocks.forEach((stage, index) => {
    stage.forEach((block, inStage) => {
      const rate = (depthDrop * position++) / count;
      const stride = inStage === 0 ? style.strides[index]! : 1;
      const place = { name: `blocks_${index}_${inStage}`, stride, epsilon, rate };
      x = invertedBlock(x, block, { ...place, act: style.inside(index), squeeze: style.squeeze });
    });
  });
  x = batchNorm(convolution(x, 'top_conv', { filters: top }), 'top_bn', epsilon);
  x = activate(x, 'top_act', style.ends);
  x = applied(layers.globalAveragePooling2d({ name: 'avgpool' }), x);
  if (units > 0) x = activate(dense(x, 'hidden', units), 'hidden_act', style.ends);
  x = applied(layers.dropout({ name: 'dropout', rate: style.dropout }), x);
  return network(name, image, logits(x, 'classifier', options), options);
}

interface Place {
  name: string;
  stride: number;
  epsilon: number | undefined;
  rate: number;
  act: ActivationName;
  squeeze: InvertedStyle['squeeze'];
}

function invertedBlock(x: SymbolicTensor, block: InvertedBlock, place: Place): SymbolicTensor {
  const { name, stride, epsilon, rate, act, squeeze } = place;
  const { hidden, channels, kernel } = block;
  let y = x;
  if (hidden !== x.shape[3]) {
    y = batchNorm(convolution(y, `${name}_expand_conv`, { filters: hidden }), `${name}_expand_bn`, epsilon);
    y = activate(y, `${name}_expand_act`, act);
  }
  y = convolution(y, `${name}_depthwise_conv`, { filters: hidden, kernel, stride, groups: hidden });
  y = activate(batchNorm(y, `${name}_depthwise_bn`, epsilon), `${name}_depthwise_act`, act);
  if (block.squeeze > 0) y = excitation(y, `${name}_squeeze`, block.squeeze, squeeze);
  y = batchNorm(convolution(y, `${name}_project_conv`, { filters: channels }), `${name}_project_bn`, epsilon);
  if (stride > 1 || channels !== x.shape[3]) return y;
  return add(stochasticDepth(y, `${name}_drop`, rate), x, `${name}_add`);
}

/** @see Hu et al. (2018), "Squeeze-and-Excitation Networks" */
function excitation(
  x: SymbolicTensor,
  name: string,
  width: number,
  { inside, gate }: InvertedStyle['squeeze'],
): SymbolicTensor {
  const channels = x.shape[3]!;
  let y = applied(layers.globalAveragePooling2d({ name: `${name}_mean` }), x);
  y = activate(dense(y, `${name}_reduce`, width), `${name}_act`, inside);
  y = dense(y, `${name}_expand`, channels);
  const scale =
    gate === 'sigmoid'
      ? layers.activation({ name: `${name}_gate`, activation: 'sigmoid' })
      : new HardSigmoid({ name: `${name}_gate` });
  y = applied(layers.reshape({ name: `${name}_reshape`, targetShape: [1, 1, channels] }), applied(scale, y));
  return applied(layers.multiply({ name: `${name}_scale` }), [x, y]);
}

function activate(x: SymbolicTensor, name: string, kind: ActivationName): SymbolicTensor {
  return kind === 'hard-swish' ? applied(new HardSwish({ name }), x) : activation(x, name, kind);
}
