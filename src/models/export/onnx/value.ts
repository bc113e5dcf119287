import type { Shape } from '../../classifier/index.js';

/**
 * A value of the network as it stands in the ONNX graph. tfjs has channels last, ONNX wants them first: instead of
 * moving values, the writer remembers which axis is where, and what the next layer may still take into its weights.
 */
export interface Value {
  /** In the ONNX graph. */
  name: string;
  /** As tfjs sees it, batch first; null where a size is known only at run time. */
  shape: Shape;
  /** Axis i in the ONNX graph holds tfjs's axis order[i]. */
  order: readonly number[];
  /** Of a flattened value [N, F] whose F values are not in tfjs's order: what was flattened, and its axes' order. */
  flattened?: { shape: Shape; order: readonly number[] };
  /** Zeros that are still to be put around [N, C, H, W]; `shape` has them already. */
  padding?: Padding;
  /** Channel i is the sum over j of mix[i][j] times channel j of [N, C, H, W]; still to be done. */
  mix?: readonly (readonly number[])[];
  /** Of what an attention gives: the name of its weights [N, heads, T, T]. */
  attention?: string;
  /** Nothing in it is below 0. */
  nonNegative?: boolean;
}

export interface Padding {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** Where the axes of an image of tfjs are in ONNX's [N, C, H, W]. */
export const imageOrder = { channelsLast: [0, 3, 1, 2], channelsFirst: [0, 1, 2, 3] } as const;

/** The axes in tfjs's own order. */
export function plainOrder(shape: Shape): number[] {
  return shape.map((_, axis) => axis);
}
