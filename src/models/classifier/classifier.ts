import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { invalid, phrase } from '../../errors.js';
import { stepsOf } from './apply-step.js';
import { attentionOfBlocks } from './attention.js';
import { findBlocks } from './blocks.js';
import { depthDrops, noBranches } from './drop-path.js';
import { findEnding } from './ending.js';
import { flatten, plan, run } from './graph.js';
import { linearHead } from './linear-head.js';
import { checkModel, imageCheck, signatureOf } from './signature.js';
import { type Split, splitAtTarget } from './split.js';
import type { Classifier, Preprocessing } from './types.js';

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
  const { classNames, preprocessing } = options;
  const { inputShape, classes } = signatureOf(model, classNames);
  const checked = imageCheck(inputShape);
  const found = findBlocks(graph);
  const split = splitAtTarget(graph, found, options.layer);
  const { stripped, probability, notes } = findEnding(graph, classes);
  const drops = depthDrops(graph, found);
  const { infer, train } = stepsOf(stripped, drops);
  const whole = plan(graph, [graph.input], [graph.output])!;
  const kernel = split?.back && linearHead(split.back, stripped);
  const caution = split?.caution;
  const atTarget = (): Split => {
    if (!split) throw noTarget(model);
    return split;
  };

  return {
    model,
    inputShape,
    classes,
    ...(classNames && { classNames }),
    ...(preprocessing && { preprocessing }),
    layer: split?.name ?? null,
    probability,
    notes: caution === undefined ? notes : [...notes, caution],
    ...(split && !split.back && { bypassed: true }),
    ...(caution !== undefined && { caution }),
    logits: (images) => run(whole, [checked(images)], infer)[0] as tf.Tensor2D,
    activations: (images) => run(atTarget().front, [checked(images)], infer)[0] as tf.Tensor4D,
    split: (images) => {
      const [activations, ...bypass] = run(atTarget().frontPast, [checked(images)], infer);
      return { activations: activations as tf.Tensor4D, bypass };
    },
    head: (activations, bypass = []) => {
      const { name, past, backPast } = atTarget();
      if (bypass.length !== past.length) {
        const found = phrase(`'${name}', which another branch bypasses`);
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

function noTarget(model: LayersModel): Error {
  return invalid(
    'layer',
    'a network with a layer of output [N, h, w, K] through which all that leads to the logits goes',
    phrase(`none in '${model.name}'`),
    'methods that need no layer work: rise, occlusion, gradient and its relatives',
  );
}
