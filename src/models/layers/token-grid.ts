import * as tf from '@tensorflow/tfjs-core';
import { listOf, shapeOf, SimpleLayer, type LayerArguments, type Shape } from './layer.js';

type GridArguments = NonNullable<LayerArguments> & {
  prefix: number;
  rows: number;
  columns: number;
  /** The token at each place of the grid, row by row, counted behind the prefix; default: they lie in order. */
  order?: number[];
};

/**
 * The tokens of patches as the image they come from, without those before them (class token, registers):
 * [N, prefix + h·w, D] → [N, h, w, D]. A classifier takes such a layer as its target layer.
 */
export class TokenGrid extends SimpleLayer {
  static className = 'TokenGrid';
  private readonly given: Pick<GridArguments, 'prefix' | 'rows' | 'columns' | 'order'>;

  constructor(args: GridArguments) {
    super(args);
    const { prefix, rows, columns, order } = args;
    this.given = { prefix, rows, columns, ...(order && { order }) };
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = listOf(inputs) as [tf.Tensor3D];
    const { prefix, rows, columns, order } = this.given;
    return tf.tidy(() => {
      const patches = tf.slice(x, [0, prefix, 0], [-1, -1, -1]);
      return tf.reshape(arranged(patches, order), [x.shape[0], rows, columns, x.shape[2]]);
    });
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [count, , channels] = shapeOf(inputShape);
    return [count!, this.given.rows, this.given.columns, channels!];
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.given };
  }
}

/** The way back: [N, prefix + T, D] and [N, h, w, D] → the tokens before the patches, and those of the grid. */
export class GridTokens extends SimpleLayer {
  static className = 'GridTokens';
  readonly prefix: number;
  private readonly order?: number[];

  constructor(args: NonNullable<LayerArguments> & Pick<GridArguments, 'prefix' | 'order'>) {
    super(args);
    this.prefix = args.prefix;
    if (args.order) this.order = args.order;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [tokens, grid] = listOf(inputs) as [tf.Tensor3D, tf.Tensor4D];
    const [count, rows, columns, channels] = grid.shape;
    return tf.tidy(() => {
      const inOrder = tf.reshape<tf.Rank.R3>(grid, [count, rows * columns, channels]);
      const patches = arranged(inOrder, this.order && inverse(this.order));
      if (this.prefix === 0) return patches;
      return tf.concat([tf.slice(tokens, [0, 0, 0], [-1, this.prefix, -1]), patches], 1);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return shapeOf(inputShape);
  }

  override getConfig() {
    return { ...super.getConfig(), prefix: this.prefix, ...(this.order && { order: this.order }) };
  }
}

function arranged(tokens: tf.Tensor3D, order: number[] | undefined): tf.Tensor3D {
  return order ? tf.gather(tokens, tf.tensor1d(order, 'int32'), 1) : tokens;
}

function inverse(order: number[]): number[] {
  const found = new Array<number>(order.length);
  order.forEach((token, place) => (found[token] = place));
  return found;
}
