import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { invalid, InvalidInput } from '../errors.js';
// Not through the room's index, which also holds what needs Node: this file runs in browsers too.
import { classifier as asClassifier, type Classifier } from '../models/classifier/index.js';
import { mixSeeds, random } from '../random.js';
import { compile } from '../tensorflow/index.js';
import { blends } from './blends/index.js';
import { randomInputsMaker } from './random-inputs.js';
import { chooseImages } from './choose-images.js';
import { mixLabels, readLabels, takeApart } from './elements.js';
import { mapSources } from './maps/index.js';
import { defaultStage, stageOptions, unknownOption } from './options.js';
import { type Mixed, stageSome, type Staged } from './stage.js';
import type { RandomInputs, StageOptions } from './types.js';

/** What happened to one batch. */
export interface StageStatistics {
  images: number;
  /** Images that were chosen and changed. */
  augmented: number;
  /** Images that were chosen and stayed as they are, because their mask was empty. */
  zeroMaps: number;
  /** Mean share of the pixels inside the mask, over the augmented images; 0 where there are none. */
  maskArea: number;
}

export interface SaliencyAugmentOptions extends Partial<StageOptions> {
  /** Share of the images to which the stage is applied, 0 to 1; default 1. */
  probability?: number;
  /** Target layer; default: the last one with spatial output. */
  layer?: string;
  /** Seed of the choice of images, and of all else that is left to chance; default 0. */
  seed?: number;
  /**
   * From the data set's images to what the network eats, where that is not the same (pixels 0..255, say). Blur and
   * blend are made on the data set's images; the result is not preprocessed. Must be pure tensor code.
   */
  preprocess?: (images: tf.Tensor4D) => tf.Tensor4D;
  /** Called after every batch; reading the numbers costs a little time. */
  onStatistics?: (statistics: StageStatistics) => void;
}

const optionNames: readonly string[] = [
  ...Object.keys(defaultStage),
  ...([
    'probability',
    'layer',
    'seed',
    'preprocess',
    'onStatistics',
  ] satisfies (keyof SaliencyAugmentOptions)[]),
];

/** A transform for Dataset.mapAsync. */
export interface SaliencyAugment {
  <T extends tf.TensorContainer>(element: T): Promise<T>;
  /** Frees what was compiled; the model stays. */
  dispose(): void;
}

/**
 * Online Group-CAM as one line in a tfjs pipeline: `dataset.mapAsync(saliencyAugment(model, options))`.
 *
 * For each image it asks the model itself, with the weights of this moment, where the evidence for the label is, keeps
 * those pixels and blurs the rest. Put it last: elements buffered after it (prefetch, shuffle) were made with old
 * weights.
 *
 * Elements are `{xs, ys}` or `[xs, ys]`, batched or not (batched where the blend takes another image); images alone
 * where no label is asked for (target 'prediction', or a method without a class such as lafam). xs is [N, H, W, C]
 * of any dtype, ys class indices [N] or [N, 1], or one-hot [N, classes]. In the result xs is float32; everything else
 * is passed through, beside one-hot ys where the blend mixes labels (saliency-mix, cut-mix): then they come out mixed.
 * Batches of any size; memory is bounded by `chunk`, not by `groups`.
 *
 * @param network a LayersModel that ends in class scores, or a Classifier made of one (then `layer` is its own)
 * @throws InvalidInput at once for a wrong option; from the transform for an element that does not fit
 */
export function saliencyAugment(
  network: LayersModel | Classifier,
  options: SaliencyAugmentOptions = {},
): SaliencyAugment {
  const { probability = 1, layer, seed = 0, preprocess, onStatistics, ...rest } = options;
  refuseOthers(rest);
  const stageSettings = stageOptions(rest);
  if (!(probability >= 0 && probability <= 1)) {
    throw invalid('stage.probability', 'a number from 0 to 1', probability);
  }
  if (stageSettings.method === 'boxes') {
    const fix = 'boxes come with the files of a recipe (data.trainBoxes)';
    throw invalid('stage.method', 'another one in a transform of tensors', stageSettings.method, fix);
  }
  const classifier = fed(toClassifier(network, layer), preprocess);
  const run = compile(
    (
      images: tf.Tensor4D,
      labels: tf.Tensor1D | null,
      chosen: tf.Tensor1D,
      randomInputs: RandomInputs,
    ): Staged => stageSome(classifier, images, labels, chosen, stageSettings, { randomInputs }),
    { name: 'saliencyAugment' },
  );
  const randomInputsOf = randomInputsMaker(classifier, stageSettings);
  const { mixesLabels, wantsOther, map } = blends[stageSettings.blend];
  const { needs } = mapSources[stageSettings.method];
  const asksLabels = stageSettings.target === 'label' && map !== 'none' && needs === 'label';
  let calls = 0;

  const augment = async <T extends tf.TensorContainer>(element: T): Promise<T> => {
    const { xs, ys, changed } = takeApart(element);
    const batched = xs.rank === 4;
    const count = batched ? xs.shape[0] : 1;
    if (wantsOther && !batched) {
      const fix = `with stage.blend ${stageSettings.blend} another image is needed: put batch() before`;
      throw invalid('element', 'a batch of images', xs.shape, fix);
    }
    const call = calls++;
    const chosen = chooseImages(count, probability, random(mixSeeds(seed, call)));
    const classes = Math.max(2, classifier.classes);
    const labels = asksLabels ? await readLabels(ys, count, classes) : null;

    const mix = (mixed?: Mixed): tf.Tensor | undefined =>
      mixesLabels ? mixLabels(ys, mixed, count, classes) : undefined;
    const [images, mixed, ...counted] = tf.tidy((): [tf.Tensor, tf.Tensor | undefined, ...tf.Tensor[]] => {
      const batch = tf.cast(batched ? xs : tf.expandDims(xs), 'float32') as tf.Tensor4D;
      if (chosen.length === 0) return [tf.reshape(batch, xs.shape), mix()];
      const given = labels && tf.tensor1d(labels, 'int32');
      const randomInputs = randomInputsOf(batch.shape, chosen, mixSeeds(seed, call, 0xc4a2ce));
      const staged = run(batch, given, tf.tensor1d(chosen, 'int32'), randomInputs);
      const result = tf.reshape(staged.images, xs.shape);
      const soft = mix(staged.mixed);
      if (!onStatistics) return [result, soft];
      return [result, soft, tf.cast(staged.zero, 'float32'), tf.mean(staged.mask, [1, 2])];
    });
    onStatistics?.(await statistics(count, counted));
    return changed(images, mixed) as T;
  };
  return Object.assign(augment, { dispose: () => run.dispose() });
}

/** What a recipe's stage has beside the options of a transform, and why a transform has not. */
const recipeKeys: Readonly<Record<string, string>> = {
  consistency: 'it is a part of the loss, which a transform of images cannot add',
  enabled: 'leave the transform out of the pipeline',
  start: 'leave the transform out of the pipeline of the first epochs',
  cost: "method 'lafam' is what auto answers with",
};

function refuseOthers(options: object): void {
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(recipeKeys, key))
      throw new InvalidInput(
        `stage.${key}: a key of recipes, not an option of saliencyAugment; ${recipeKeys[key]}`,
      );
    if (!Object.hasOwn(defaultStage, key)) throw unknownOption(key, optionNames);
  }
}

function toClassifier(network: LayersModel | Classifier, layer: string | undefined): Classifier {
  if (!('logits' in network)) return asClassifier(network, layer === undefined ? {} : { layer });
  if (layer !== undefined && layer !== network.layer) {
    throw invalid('stage.layer', `'${network.layer}', the layer of the given classifier`, layer);
  }
  return network;
}

/** The same network, fed with images that are not preprocessed yet. */
function fed(classifier: Classifier, preprocess: SaliencyAugmentOptions['preprocess']): Classifier {
  if (!preprocess) return classifier;
  return {
    ...classifier,
    logits: (images) => tf.tidy(() => classifier.logits(preprocess(images))),
    activations: (images) => tf.tidy(() => classifier.activations(preprocess(images))),
  };
}

/** Reads and frees two vectors [n], mask empty or not and mask area, or none where no image was chosen. */
async function statistics(images: number, counted: tf.Tensor[]): Promise<StageStatistics> {
  const sums = await Promise.all(
    counted.map(async (tensor) => Array.from(await tensor.data()).reduce((sum, value) => sum + value, 0)),
  );
  const chosen = counted[0]?.size ?? 0;
  const [zeroMaps = 0, area = 0] = sums;
  tf.dispose(counted);
  const augmented = chosen - zeroMaps;
  // An empty mask has area 0.
  return { images, augmented, zeroMaps, maskArea: augmented ? area / augmented : 0 };
}
