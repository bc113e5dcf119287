import { permute } from '../../weights/index.js';
import type { Classifier } from '../../classifier/index.js';
import { invalid, phrase } from '../../../errors.js';
import { settled, asImage } from './arrange.js';
import type { Value } from './value.js';
import type { Writer } from './writer.js';

/**
 * Writes the CAM of the most likely class: the channels of the target layer, each with its weight for that class, the sum
 * scaled to [0, 1] by its own minimum and maximum; a constant map becomes all 0.
 *
 * @param logits name of [N, classes]
 * @param activations of the target layer
 * @returns the name of the map [N, h, w]
 * @throws InvalidInput where the network does not end in global average pooling and one linear layer
 * @see Zhou et al. (2016), "Learning Deep Features for Discriminative Localization", Eq. 2
 */
export function writeMap(
  writer: Writer,
  { linearHead, layer }: Classifier,
  logits: string,
  activations: Value | undefined,
): string {
  if (!linearHead || !activations) {
    throw invalid(
      '--with-map',
      'a network that goes from its target layer through global average pooling and one linear layer',
      phrase(layer === null ? 'none with a spatial layer' : `another end behind '${layer}'`),
      'export without --with-map',
    );
  }
  const kernel = linearHead();
  const [channels, classes] = kernel.shape;
  const byClass = permute(kernel.dataSync<'float32'>(), kernel.shape, [1, 0]);
  kernel.dispose();
  const node = (operator: string, inputs: string[], attributes = {}) =>
    writer.node('map', operator, inputs, attributes);
  const image = settled(writer, asImage(writer, activations, 'channelsLast'));
  const winner = node('ArgMax', [logits], { axis: 1, keepdims: 0 });
  const weights = node('Gather', [writer.weight('map.weight', [classes, channels], byClass), winner]);
  const overPositions = node('Unsqueeze', [weights, writer.integers([2, 3])]);
  const sum = node('ReduceSum', [node('Mul', [image.name, overPositions]), writer.integers([1])], {
    keepdims: 0,
  });
  return scaled(writer, sum);
}

/** To [0, 1] by its own minimum and maximum; where it is constant, all 0. */
function scaled(writer: Writer, map: string): string {
  const node = (operator: string, inputs: string[], attributes = {}) =>
    writer.node('map', operator, inputs, attributes);
  const over = { axes: [1, 2], keepdims: 1 };
  const low = node('ReduceMin', [map], over);
  const range = node('Sub', [node('ReduceMax', [map], over), low]);
  // Where the range is 0, so is what is divided by it.
  const divisor = node('Where', [node('Greater', [range, writer.number(0)]), range, writer.number(1)]);
  return node('Div', [node('Sub', [map, low]), divisor]);
}

/** A transformer's patches, and which of its tokens the classes are told from. */
export interface Patches {
  /** Tokens before the patches. */
  prefix: number;
  rows: number;
  columns: number;
  token: number;
}

/**
 * Writes what the class token takes of each patch in the last attention, the mean of its heads, scaled as the CAM is. It
 * is the same for every class.
 *
 * @param attention name of [N, heads, tokens, tokens]
 * @returns the name of the map [N, rows, columns]
 */
export function writeAttention(
  writer: Writer,
  attention: string,
  { prefix, rows, columns, token }: Patches,
): string {
  const node = (operator: string, inputs: string[], attributes = {}) =>
    writer.node('map', operator, inputs, attributes);
  const inputs = [
    writer.integers([token, prefix]),
    writer.integers([token + 1, prefix + rows * columns]),
    writer.integers([2, 3]),
  ];
  const ofToken = node('Slice', [attention, ...inputs]);
  const mean = node('ReduceMean', [ofToken], { axes: [1], keepdims: 0 });
  return scaled(writer, node('Reshape', [mean, writer.integers([0, rows, columns])]));
}
