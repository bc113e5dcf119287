import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, type LayerVariable } from '@tensorflow/tfjs-layers';
import type { Attributes } from '../values.js';
import { kernelOf } from './kernels/index.js';

/** Where an argument of an operation comes from. */
export type Operand =
  | { input: number }
  | { weight: number }
  | { values: number[]; shape: number[] }
  | { operation: string; attributes: Attributes; operands: Operand[] };

/** A weight of an operation: the name is its parameter's in the source, or what it is for. */
export interface WeightSpec {
  name: string;
  shape: number[];
  trainable: boolean;
}

/** An operation of ONNX on values that lie as tfjs wants them: the batch first, the channels last. */
export interface OperationConfig {
  name: string;
  operation: string;
  attributes: Attributes;
  operands: Operand[];
  weightSpecs: WeightSpec[];
  /** Without the batch. */
  outputShape: number[];
}

/** A layer that runs one operation, with weights of its own where the operation has parameters. */
export abstract class Operation extends layers.Layer {
  readonly given: OperationConfig;
  /** As weightSpecs has them; in `weights` those that are trained come first. */
  readonly inOrder: LayerVariable[] = [];

  constructor(config: OperationConfig) {
    super({ name: config.name });
    this.given = config;
    this.supportsMasking = true;
  }

  override build(inputShape: (number | null)[]): void {
    for (const { name, shape, trainable } of this.given.weightSpecs) {
      this.inOrder.push(this.addWeight(name, shape, 'float32', initializers.zeros(), undefined, trainable));
    }
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const given = Array.isArray(inputs) ? inputs : [inputs];
    return tf.tidy(() => evaluate(this.given, given, this.inOrder));
  }

  override computeOutputShape(): (number | null)[] {
    return [null, ...this.given.outputShape];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.given as unknown as tf.serialization.ConfigDict) };
  }
}

function evaluate(
  { operation, attributes, operands }: Pick<OperationConfig, 'operation' | 'attributes' | 'operands'>,
  inputs: tf.Tensor[],
  weights: LayerVariable[],
): tf.Tensor {
  const tensors = operands.map((operand) => {
    if ('input' in operand) return inputs[operand.input]!;
    if ('weight' in operand) return weights[operand.weight]!.read();
    if ('values' in operand) return tf.tensor(operand.values, operand.shape, 'float32');
    return evaluate(operand, inputs, weights);
  });
  return kernelOf(operation)(tensors, attributes);
}

/** The value of an operand that depends on no input. */
export function constantOperand({ inOrder }: Operation, operand: Operand): tf.Tensor {
  return tf.tidy(() => evaluate({ operation: 'identity', attributes: {}, operands: [operand] }, [], inOrder));
}

/** @see kernels/elementwise.ts */
export class OnnxElementwise extends Operation {
  static readonly className = 'OnnxElementwise';
}
/** @see kernels/arrange.ts */
export class OnnxReshape extends Operation {
  static readonly className = 'OnnxReshape';
}
/** @see kernels/arrange.ts */
export class OnnxPadding extends Operation {
  static readonly className = 'OnnxPadding';
}
/** @see kernels/reduce.ts */
export class OnnxReduction extends Operation {
  static readonly className = 'OnnxReduction';
}
/** @see kernels/normalize.ts */
export class OnnxNormalization extends Operation {
  static readonly className = 'OnnxNormalization';
}
/** @see kernels/pool.ts */
export class OnnxPooling extends Operation {
  static readonly className = 'OnnxPooling';
}
/** @see kernels/convolve.ts */
export class OnnxConvolution extends Operation {
  static readonly className = 'OnnxConvolution';
}
/** @see kernels/product.ts */
export class OnnxProduct extends Operation {
  static readonly className = 'OnnxProduct';
}
