import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Attention, Classifier } from '../models/index.js';
import { compile, type CompileOptions } from '../tensorflow/index.js';
import { asClassifier } from './door.js';
import { inputGradient, type Differentiable } from './ops/index.js';

/** A classifier whose parts run as graphs; `dispose` frees the graphs, not the model. */
export type CompiledClassifier = Classifier &
  Required<Pick<Differentiable, 'inputGradient'>> & { dispose(): void };

/**
 * A classifier whose passes through the network are compiled, each part for itself. A method that asks thousands of
 * queries runs one graph again and again this way, instead of becoming one graph of thousands of queries; and it may
 * read values between its queries. Weights that change later are seen.
 *
 * On a backend without graphs everything runs as before.
 *
 * @param network a classifier, or a LayersModel, which is seen through `classifier(model)`
 * @param options of compile(), for every part
 */
export function compiledClassifier(
  network: Classifier | LayersModel,
  options: Omit<CompileOptions, 'name'> = {},
): CompiledClassifier {
  const classifier = asClassifier(network);
  // The last chunk of a loop is smaller than the others: some traces for a part are no sign of anything wrong.
  const settings = { onNote: () => undefined, ...options };
  const logits = compile((images: tf.Tensor4D) => classifier.logits(images), { ...settings, name: 'logits' });
  const activations = compile((images: tf.Tensor4D) => classifier.activations(images), {
    ...settings,
    name: 'activations',
  });
  const head = compile((x: tf.Tensor4D, bypass: tf.Tensor[] | undefined) => classifier.head(x, bypass), {
    ...settings,
    name: 'head',
  });
  const split =
    classifier.split &&
    compile((images: tf.Tensor4D) => classifier.split!(images), { ...settings, name: 'split' });
  const { logits: eagerLogits, classes, model } = classifier;
  const plain: Differentiable = { logits: eagerLogits, classes, model };
  const guidedGradient = compile(
    (images: tf.Tensor4D, target: tf.Tensor1D) => inputGradient(plain, images, target, 'guided'),
    { ...settings, name: 'guidedGradient' },
  );
  const plainGradient = compile(
    (images: tf.Tensor4D, target: tf.Tensor1D) => inputGradient(plain, images, target),
    { ...settings, name: 'inputGradient' },
  );
  const attention = classifier.attention && compiledAttention(classifier.attention, settings);
  return {
    ...classifier,
    ...attention?.parts,
    logits,
    activations,
    head: (x, bypass) => head(x, bypass),
    ...(split && { split: (images) => split(images) }),
    inputGradient: (images, target, rule) =>
      (rule === 'guided' ? guidedGradient : plainGradient)(images, target),
    dispose: () =>
      [logits, activations, head, plainGradient, guidedGradient, split, attention].forEach((part) =>
        part?.dispose(),
      ),
  };
}

function compiledAttention(attention: Attention, settings: CompileOptions) {
  const probabilities = compile((images: tf.Tensor4D) => attention.probabilities(images), {
    ...settings,
    name: 'attention',
  });
  const gradients = compile(
    (images: tf.Tensor4D, direction: tf.Tensor2D) => attention.gradients(images, direction),
    { ...settings, name: 'attentionGradients' },
  );
  const ownGradients = compile(
    (images: tf.Tensor4D, direction: tf.Tensor2D, last: number | undefined) =>
      attention.ownGradients(images, direction, last),
    { ...settings, name: 'ownAttentionGradients' },
  );
  const compiled: Attention = {
    ...attention,
    probabilities: (images) => probabilities(images),
    gradients: (images, direction) => gradients(images, direction),
    ownGradients: (images, direction, last) => ownGradients(images, direction, last),
  };
  return {
    parts: { attention: compiled },
    dispose: () => [probabilities, gradients, ownGradients].forEach((part) => part.dispose()),
  };
}
