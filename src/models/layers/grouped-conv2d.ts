import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { groupedConvolution } from '../../tensorflow/index.js';
import { listOf, shapeOf, SimpleLayer, type LayerArguments, type Shape } from './layer.js';

export interface GroupedConv2DArguments extends NonNullable<LayerArguments> {
  filters: number;
  /** Side of the kernel. */
  kernelSize: number;
  strides: number;
  padding: 'same' | 'valid';
  groups: number;
}

/**
 * A convolution in groups without a bias, [N, H, W, C] → [N, H', W', filters]; weight: kernel [h, w, C / groups,
 * filters].
 *
 * @see Xie et al. (2017), "Aggregated Residual Transformations for Deep Neural Networks"
 */
export class GroupedConv2D extends SimpleLayer {
  static className = 'GroupedConv2D';
  readonly given: Omit<GroupedConv2DArguments, keyof NonNullable<LayerArguments>>;
  private kernel?: LayerVariable;

  constructor(args: GroupedConv2DArguments) {
    super(args);
    const { filters, kernelSize, strides, padding, groups } = args;
    this.given = { filters, kernelSize, strides, padding, groups };
  }

  override build(inputShape: Shape | Shape[]): void {
    const { filters, kernelSize, groups } = this.given;
    const channels = shapeOf(inputShape)[3]!;
    if (channels % groups !== 0 || filters % groups !== 0) {
      throw new Error(`${this.name}: ${channels} and ${filters} channels do not go into ${groups} groups`);
    }
    this.kernel = this.parameter('kernel', [kernelSize, kernelSize, channels / groups, filters]);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { strides, padding } = this.given;
    const [x] = listOf(inputs) as [tf.Tensor4D];
    return tf.tidy(() =>
      groupedConvolution(x, this.kernel!.read() as tf.Tensor4D, [strides, strides], padding),
    );
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [count, height, width] = shapeOf(inputShape) as [number, number | null, number | null];
    const { filters, kernelSize, strides, padding } = this.given;
    const side = (size: number | null) =>
      size === null ? null : Math.ceil((padding === 'same' ? size : size - kernelSize + 1) / strides);
    return [count, side(height), side(width), filters];
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.given };
  }
}
