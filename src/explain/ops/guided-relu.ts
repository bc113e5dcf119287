import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs a function in which every ReLU lets a gradient through only where its input and the gradient are both above 0.
 * The rule belongs to the operation, so it holds for activation layers, for ReLUs fused into other layers and inside
 * of layers of one's own; the model is not touched, and afterwards the gradient is the usual one again.
 *
 * @param run synchronous; takes its gradients inside
 * @param onNone is called where no gradient met a ReLU
 * @see Springenberg et al. (2014), "Striving for Simplicity: The All Convolutional Net", section 3.4
 */
export function withGuidedRelus<T>(run: () => T, onNone: () => void): T {
  let met = false;
  const meet = () => void (met = true);
  const usual = ['Relu', 'Relu6'].flatMap((kernel) => tf.getGradient(kernel) ?? []);
  usual.forEach(({ kernelName }) => {
    tf.unregisterGradient(kernelName);
    tf.registerGradient({ kernelName, outputsToSave: [true], gradFunc: guided(kernelName, meet) });
  });
  try {
    const result = run();
    if (!met) onNone();
    return result;
  } finally {
    usual.forEach((gradient) => {
      tf.unregisterGradient(gradient.kernelName);
      tf.registerGradient(gradient);
    });
  }
}

function guided(kernelName: string, meet: () => void): tf.GradConfig['gradFunc'] {
  const limit = kernelName === 'Relu6' ? 6 : Infinity;
  return (dy, [y]) => ({
    x: () => {
      meet();
      const open = tf.logicalAnd(tf.greater(y!, 0), tf.less(y!, limit));
      return tf.mul(tf.relu(dy as tf.Tensor), tf.cast(open, 'float32'));
    },
  });
}
