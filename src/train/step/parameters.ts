import type * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable, LayersModel } from '@tensorflow/tfjs-layers';
import { invalid } from '../../errors.js';
import { layerDepths } from '../../models/index.js';
import { matchesWildcard } from '../../text/wildcard.js';

/** A trainable weight and how it is treated. */
export interface Parameter {
  /** As in the saved model: layer/weight. */
  name: string;
  layer: string;
  variable: tf.Variable;
  /** Whether weight decay applies. */
  decays: boolean;
  /** Times the schedule's learning rate. */
  factor: number;
}

/** What stays as it is, and what learns how. */
export interface ParameterOptions {
  /** Patterns of layer names, see matchesWildcard(). */
  freeze: readonly string[];
  freezeNorm: boolean;
  decayNormAndBias: boolean;
  /** Learning rate factor of the last layer with weights. */
  headFactor: number;
  /** Learning rate factors of layers by patterns of their names; all that match are multiplied. */
  layerFactors?: Readonly<Record<string, number>>;
  /**
   * Learning rate of each block of a transformer over that of the block behind it, as BEiT has it; the head and what else
   * stands behind the last block have 1, patches and positions the smallest. Default null: all have 1.
   */
  layerDecay?: number | null;
}

/** The weights that are trained, and the layers that are not. */
export interface Parameters {
  trained: Parameter[];
  /** All that training changes: the trained weights and the running statistics of batch norms that are not frozen. */
  changing: tf.Variable[];
  /** Whether a layer is frozen: weights and, in a batch norm, running statistics. */
  frozen: (layer: string) => boolean;
  /** Whether no layer is frozen but norms: only then a backward pass surely goes through the whole network. */
  allLearn: boolean;
}

interface LayerLike {
  name: string;
  getClassName(): string;
  /** Whether it was frozen before it came here. */
  trainable: boolean;
  weights: LayerVariable[];
  trainableWeights: LayerVariable[];
  layers?: LayerLike[];
}

/**
 * Sorts the weights of a model, nested models included.
 *
 * @throws InvalidInput when a pattern matches no layer, nothing is left to train, or learning rates are to follow the
 *   depth in a network that is no transformer
 */
export function parametersOf(model: LayersModel, options: ParameterOptions): Parameters {
  const layers = flat((model as unknown as LayerLike).layers!).filter((layer) => layer.weights.length > 0);
  const factors = Object.entries(options.layerFactors ?? {});
  const patterns = factors.map(([pattern]) => pattern);
  const names = layers.map(({ name }) => name);
  checkPatterns('model.freeze', options.freeze, names);
  checkPatterns('optimizer.layerFactors', patterns, names);
  const isNorm = (layer: LayerLike): boolean => layer.getClassName() === 'BatchNormalization';
  // Class token, registers and positions of transformers, which timm does not let decay either.
  const isToken = (layer: LayerLike): boolean =>
    ['LearnedTokens', 'PositionEmbedding'].includes(layer.getClassName());
  const frozenNames = new Set(
    layers
      .filter(
        (layer) =>
          !layer.trainable ||
          options.freeze.some((pattern) => matchesWildcard(pattern, layer.name)) ||
          (options.freezeNorm && isNorm(layer)),
      )
      .map(({ name }) => name),
  );
  const head = layers.at(-1)?.name;
  const ofDepth = depthFactor(model, options.layerDecay ?? null);
  const factorOf = (layer: string): number =>
    factors
      .filter(([pattern]) => matchesWildcard(pattern, layer))
      .reduce(
        (product, [, factor]) => product * factor,
        (layer === head ? options.headFactor : 1) * ofDepth(layer),
      );
  const learning = layers.filter(({ name }) => !frozenNames.has(name));
  const trained = learning.flatMap((layer) =>
    layer.trainableWeights.map((weight) => ({
      name: weight.originalName,
      layer: layer.name,
      variable: variableOf(weight),
      decays: options.decayNormAndBias || !(isNorm(layer) || isToken(layer) || weight.shape.length === 1),
      factor: factorOf(layer.name),
    })),
  );
  if (trained.length === 0)
    throw invalid('model.freeze', 'patterns that leave a layer to train', options.freeze);
  const changing = learning.flatMap(({ weights }) => weights.map(variableOf));
  const allLearn = layers.every((layer) => isNorm(layer) || !frozenNames.has(layer.name));
  return { trained, changing, frozen: (layer) => frozenNames.has(layer), allLearn };
}

/** decay ^ (blocks + 1 − depth). @see Bao et al. (2021), "BEiT"; Clark et al. (2020), "ELECTRA" */
function depthFactor(model: LayersModel, decay: number | null): (layer: string) => number {
  if (decay === null) return () => 1;
  const found = layerDepths(model);
  if (!found) {
    const fix = 'optimizer.layerFactors gives layers rates by patterns of their names';
    throw invalid(
      'optimizer.layerDecay',
      `null for '${model.name}', which is no vision transformer`,
      decay,
      fix,
    );
  }
  const { depths, blocks } = found;
  return (layer) => decay ** (blocks + 1 - (depths.get(layer) ?? blocks + 1));
}

/** @throws InvalidInput for a pattern that matches none of the names */
function checkPatterns(key: string, patterns: readonly string[], names: readonly string[]): void {
  const idle = patterns.find((pattern) => !names.some((name) => matchesWildcard(pattern, name)));
  if (idle === undefined) return;
  const hint = `the first are ${names.slice(0, 6).join(', ')}`;
  throw invalid(key, 'patterns that match layers with weights', idle, hint);
}

/** The tf.Variable inside a weight of tfjs-layers, which does not show it. */
export function variableOf(weight: LayerVariable): tf.Variable {
  return (weight as unknown as { val: tf.Variable }).val;
}

function flat(layers: LayerLike[]): LayerLike[] {
  return layers.flatMap((layer) => (layer.layers ? flat(layer.layers) : [layer]));
}
