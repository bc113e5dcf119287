import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Classifier } from '../models/index.js';
import { asClassifier, checkImages, checkTarget, warnOf } from './door.js';
import type { Differentiable } from './ops/index.js';
import { complete, type Option } from './options.js';
import type { CommonOptions, Maps, Need } from './types.js';

/** What a method's cost depends on. */
export interface NetworkSize {
  /** [H, W] of the images. */
  image: [number, number];
  /** Positions of the target layer, h · w. */
  positions: number;
  /** Channels of the target layer, K. */
  channels: number;
}

/** What one image costs, in passes: through the whole network, through it and back, through its head alone. */
export interface Cost {
  queries: number;
  gradients: number;
  heads: number;
}

/** Options of a method by name, as they come from a command line; null is the same as left out. */
export type MethodOptions = Record<string, unknown>;

/** What people should know of a method; stands in the method's own file. */
export interface Descriptor {
  /** As on the command line. */
  name: string;
  /** As in the literature. */
  title: string;
  reference: string;
  needs: readonly Need[];
  /** Whether the map depends on the class. Default true. */
  classSpecific?: boolean;
  /** Whether it may stand inside of compile(): it reads no values. Default true. */
  compilable?: boolean;
  /** What may be set beside `target` and `chunk`. */
  options: Readonly<Record<string, Option>>;
  /** What an image costs with the method's options, defaults filled in. */
  cost(options: MethodOptions, network: NetworkSize): Partial<Cost>;
}

/** A saliency method by name, and what people should know of it. */
export interface Method extends Required<Omit<Descriptor, 'cost'>> {
  /** @throws InvalidInput when the network does not fit or an option is out of its range */
  run(
    network: (Classifier & Differentiable) | LayersModel,
    images: tf.Tensor4D,
    options?: MethodOptions,
  ): Maps;
  /** The default of every option; null: chosen automatically. */
  defaults: Readonly<MethodOptions>;
  cost(options: MethodOptions, network: NetworkSize): Cost;
}

/** A saliency method as a function; `method` is what people should know of it. */
export interface SaliencyFunction<Network, Options> {
  /**
   * @param network a classifier, or a LayersModel, which is seen through `classifier(model)`
   * @param images float32 [N, H, W, C], preprocessed for the network
   */
  (network: Network | LayersModel, images: tf.Tensor4D, options?: Partial<Options>): Maps;
  method: Method;
}

/** Options of which some are there: those with a default. */
export type SetRequired<Options, Keys extends keyof Options> = Options & {
  [Key in Keys]-?: NonNullable<Options[Key]>;
};

/**
 * A saliency method from what people should know of it and its computation. What is the same for all of them is done
 * here, at the door: a LayersModel becomes a classifier; images, target and options are checked, defaults filled in.
 *
 * @param run gets a classifier and complete options (those whose default is null may be left out)
 */
export function saliencyMethod<Network, Options extends object>(
  descriptor: Descriptor,
  run: (classifier: Network, images: tf.Tensor4D, options: Options) => Maps,
): SaliencyFunction<Network, Options> {
  const { name, needs, classSpecific = true, compilable = true, options: declared } = descriptor;
  const isControl = needs.length === 0 && !classSpecific;
  const method = (network: Network | LayersModel, images: tf.Tensor4D, given?: Partial<Options>): Maps => {
    const classifier = (isControl ? network : asClassifier(network, name)) as Network;
    const options = complete(declared, (given ?? {}) as Options & CommonOptions);
    const range = checkImages(images);
    if (classSpecific)
      checkTarget(options.target, images.shape[0], (classifier as { classes: number }).classes);
    if (!isControl) warnOf(name, classifier as Partial<Classifier>, needs, range);
    return run(classifier, images, options);
  };
  return Object.assign(method, {
    method: {
      ...descriptor,
      classSpecific,
      compilable,
      defaults: Object.fromEntries(Object.entries(declared).map(([key, option]) => [key, option.default])),
      cost: (options: MethodOptions, network: NetworkSize): Cost => ({
        queries: 0,
        gradients: 0,
        heads: 0,
        ...descriptor.cost(options, network),
      }),
      run: method as Method['run'],
    },
  });
}
