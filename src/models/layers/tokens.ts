import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { listOf, shapeOf, SimpleLayer, type LayerArguments, type Shape } from './layer.js';

/**
 * Puts learned tokens (class token, registers) among the others: [N, T, D] → [N, T + count, D]; weight: tokens
 * [1, count, D].
 */
export class LearnedTokens extends SimpleLayer {
  static className = 'LearnedTokens';
  readonly count: number;
  readonly at: number;
  private tokens?: LayerVariable;

  /** @param args at: the place of the first of them */
  constructor(args: NonNullable<LayerArguments> & { count: number; at: number }) {
    super(args);
    this.count = args.count;
    this.at = args.at;
  }

  override build(inputShape: Shape | Shape[]): void {
    this.tokens = this.parameter('tokens', [1, this.count, shapeOf(inputShape)[2]!]);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = listOf(inputs) as [tf.Tensor3D];
    return tf.tidy(() => {
      const learned = tf.tile(this.tokens!.read() as tf.Tensor3D, [x.shape[0], 1, 1]);
      if (this.at === 0) return tf.concat([learned, x], 1);
      const before = tf.slice(x, [0, 0, 0], [-1, this.at, -1]);
      return tf.concat([before, learned, tf.slice(x, [0, this.at, 0], [-1, -1, -1])], 1);
    });
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [count, tokens, channels] = shapeOf(inputShape);
    return [count!, tokens! + this.count, channels!];
  }

  override getConfig() {
    return { ...super.getConfig(), count: this.count, at: this.at };
  }
}

/** Adds a learned position to every token, [N, T, D]; weight: positions [1, T, D]. */
export class PositionEmbedding extends SimpleLayer {
  static className = 'PositionEmbedding';
  private positions?: LayerVariable;

  override build(inputShape: Shape | Shape[]): void {
    const [, tokens, channels] = shapeOf(inputShape);
    this.positions = this.parameter('positions', [1, tokens!, channels!]);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => tf.add(listOf(inputs)[0]!, this.positions!.read()));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
}

/** One token of all: [N, T, D] → [N, D]. */
export class TakeToken extends SimpleLayer {
  static className = 'TakeToken';
  readonly index: number;

  constructor(args: NonNullable<LayerArguments> & { index: number }) {
    super(args);
    this.index = args.index;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = listOf(inputs) as [tf.Tensor3D];
    return tf.tidy(() => tf.squeeze(tf.slice(x, [0, this.index, 0], [-1, 1, -1]), [1]));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [count, , channels] = shapeOf(inputShape);
    return [count!, channels!];
  }

  override getConfig() {
    return { ...super.getConfig(), index: this.index };
  }
}

/** The mean of the tokens behind the first `prefix`: [N, T, D] → [N, D]. */
export class MeanOfPatches extends SimpleLayer {
  static className = 'MeanOfPatches';
  readonly prefix: number;

  constructor(args: NonNullable<LayerArguments> & { prefix: number }) {
    super(args);
    this.prefix = args.prefix;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = listOf(inputs) as [tf.Tensor3D];
    return tf.tidy(() => tf.mean(tf.slice(x, [0, this.prefix, 0], [-1, -1, -1]), 1));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [count, , channels] = shapeOf(inputShape);
    return [count!, channels!];
  }

  override getConfig() {
    return { ...super.getConfig(), prefix: this.prefix };
  }
}
