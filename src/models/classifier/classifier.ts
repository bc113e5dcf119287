import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { invalid } from '../../errors.js';
import { batchNormRunning, batchNormUpdating, isBatchNorm } from './batch-norm.js';
import type { Classifier, Preprocessing, TrainingPass } from './types.js';
import { findEnding, isActivation, withoutActivation } from './ending.js';
import { attentionOfBlocks } from './attention.js';
import { findBlocks } from './blocks.js';
import { depthDrops, droppedBranch, noBranches } from './drop-path.js';
import { fusedLayer } from './fused-layer.js';
import { bypasses, flatten, plan, run, type Step } from './graph.js';
import { linearHead } from './linear-head.js';
import { findTarget, isPatchEmbedding } from './target-layer.js';
import { withTokenGrid } from './tokens-as-image.js';

export interface ClassifierOptions {
  /** Name of the target layer; default: the last one with spatial output. */
  layer?: string;
  preprocessing?: Preprocessing;
  /** In the order of the outputs. */
  classNames?: string[];
}

/**
 * A LayersModel seen as a network that ends in logits and can be split at one layer. Works for functional and
 * sequential models and for models inside models; the model itself is not changed.
 *
 * @param model input [N, H, W, C], output [N, classes]; a softmax or sigmoid at its end is left out, and `notes` says so
 * @throws InvalidInput where the model has another form, or the named layer is missing or has no spatial output; where
 *   the model has no spatial layer at all only what needs one throws
 */
export function classifier(model: LayersModel, options: ClassifierOptions = {}): Classifier {
  checkModel(model);
  const graph = flatten(model);
  const inputShape = model.inputs[0]!.shape.slice(1) as Classifier['inputShape'];
  if (inputShape.length !== 3) throw invalid('model', 'input [N, H, W, C]', model.inputs[0]!.shape);
  const [, classes, ...rest] = model.outputs[0]!.shape;
  if (!classes || rest.length > 0) throw invalid('model', 'output [N, classes]', model.outputs[0]!.shape);
  const { classNames, preprocessing } = options;
  if (classNames && classNames.length !== classes) {
    throw invalid('classNames', `${classes} names, one for each output of the model`, classNames.length);
  }

  const found = findBlocks(graph);
  const gridded = withTokenGrid(graph, found, options.layer);
  const split = gridded?.graph ?? graph;
  const target = gridded?.grid ?? findTarget(graph, options.layer);
  const { stripped, probability, notes } = findEnding(graph, classes);
  const drops = depthDrops(graph, found);
  const whole = plan(graph, [graph.input], [graph.output])!;
  const seen = target?.outputs[0];
  const front = seen === undefined ? undefined : plan(split, [graph.input], [seen])!;
  const back = seen === undefined ? undefined : plan(split, [seen], [split.output]);
  const past = seen === undefined || back ? [] : bypasses(split, seen, split.output);
  const frontPast = seen === undefined ? undefined : plan(split, [graph.input], [seen, ...past])!;
  const backPast = seen === undefined ? undefined : plan(split, [seen, ...past], [split.output])!;
  const name = gridded?.name ?? target?.layer.name ?? null;
  const kernel = back && linearHead(back, stripped);
  const caution =
    target && !gridded && options.layer === undefined && isPatchEmbedding(graph, target)
      ? `the target layer '${name}' cuts the image into patches, and where the tokens of the layers behind it lie in the ` +
        'image is not known: its maps do not see what these layers find; methods that need no layer do'
      : undefined;

  const apply = (step: Step, inputs: tf.Tensor[], training: boolean): tf.Tensor[] => {
    if (step.compute) return tf.tidy(() => step.compute!(inputs));
    const call = () =>
      toList(step.layer.apply(inputs, { ...step.callArguments, training }) as tf.Tensor | tf.Tensor[]);
    if (step !== stripped) {
      const fused = fusedLayer(step.layer);
      return fused ? [fused(inputs[0]!)] : call();
    }
    return isActivation(step.layer) ? [inputs[0]!.clone()] : withoutActivation(step.layer, call);
  };
  const infer = (step: Step, inputs: tf.Tensor[]): tf.Tensor[] =>
    isBatchNorm(step.layer) ? [batchNormRunning(step.layer, inputs[0]!)] : apply(step, inputs, false);
  const train =
    ({ frozen, ranks, dropPath }: TrainingPass) =>
    (step: Step, inputs: tf.Tensor[]): tf.Tensor[] => {
      const drop = dropPath === undefined ? undefined : drops.get(step);
      if (drop) return droppedBranch(inputs, drop, dropPath!, (kept) => apply(step, kept, false));
      if (!isBatchNorm(step.layer)) return apply(step, inputs, true);
      const [x] = inputs as [tf.Tensor];
      return [
        frozen?.(step.layer.name) ? batchNormRunning(step.layer, x) : batchNormUpdating(step.layer, x, ranks),
      ];
    };
  const checked = (images: tf.Tensor4D): tf.Tensor4D => {
    const fits =
      images.rank === 4 && inputShape.every((size, axis) => !size || size === images.shape[axis + 1]);
    if (!fits) {
      const sizes = ['H', 'W', 'C'].map((letter, axis) => inputShape[axis] ?? letter).join(', ');
      throw invalid('images', `a tensor [N, ${sizes}]`, images.shape);
    }
    return images;
  };

  return {
    model,
    inputShape,
    classes,
    ...(classNames && { classNames }),
    ...(preprocessing && { preprocessing }),
    layer: name,
    probability,
    notes: caution === undefined ? notes : [...notes, caution],
    ...(target && !back && { bypassed: true }),
    ...(caution !== undefined && { caution }),
    logits: (images) => run(whole, [checked(images)], infer)[0] as tf.Tensor2D,
    activations: (images) => {
      if (!front) throw noTarget(model);
      return run(front, [checked(images)], infer)[0] as tf.Tensor4D;
    },
    split: (images) => {
      if (!frontPast) throw noTarget(model);
      const [activations, ...bypass] = run(frontPast, [checked(images)], infer);
      return { activations: activations as tf.Tensor4D, bypass };
    },
    head: (activations, bypass = []) => {
      if (!backPast) throw noTarget(model);
      if (bypass.length !== past.length) {
        const found = `'${name}', which another branch bypasses`;
        throw invalid('layer', 'one through which every path to the logits leads', found);
      }
      return run(backPast, [activations, ...bypass], infer)[0] as tf.Tensor2D;
    },
    ...(kernel && { linearHead: kernel }),
    ...(found && { attention: attentionOfBlocks(found, infer, checked) }),
    probabilities: (logits) => (probability === 'sigmoid' ? tf.sigmoid(logits) : tf.softmax(logits)),
    dropsPaths: drops.size > 0,
    trainingLogits: (images, pass = {}) => {
      if (pass.dropPath && drops.size === 0) throw noBranches(model.name);
      return run(whole, [checked(images)], train(pass))[0] as tf.Tensor2D;
    },
  };
}

/** @throws InvalidInput for what is no LayersModel */
function checkModel(model: unknown): void {
  const parts = model as
    Partial<LayersModel & { executor: unknown; executeAsync: unknown }> | null | undefined;
  if (Array.isArray(parts?.layers) && Array.isArray(parts.inputs)) return;
  const isGraph = typeof parts?.executeAsync === 'function' || parts?.executor !== undefined;
  throw invalid(
    'model',
    'a tfjs LayersModel',
    isGraph ? 'a GraphModel' : parts === null ? null : typeof parts,
    isGraph
      ? 'its layers cannot be seen: convert the original with --output_format=tfjs_layers_model'
      : 'tf.loadLayersModel() or openClassifier() gives one',
  );
}

function noTarget(model: LayersModel): Error {
  return invalid(
    'layer',
    'a network with a layer of output [N, h, w, K] through which all that leads to the logits goes',
    `none in '${model.name}'`,
    'methods that need no layer work: rise, occlusion, gradient and its relatives',
  );
}

function toList(tensors: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  return Array.isArray(tensors) ? tensors : [tensors];
}
