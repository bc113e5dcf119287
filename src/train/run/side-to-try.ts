import type { LayersModel } from '@tensorflow/tfjs-layers';

const ENOUGH = 448;

/**
 * Side of the images, pixels, with which a network is tried before it is trained: that of the run, but no more than
 * enough where it takes any size. One image of 4096 pixels is 84 of these.
 */
export function sideToTry(model: LayersModel, size: number): number {
  const takesAnySize = model.inputs[0]!.shape[1] === null;
  return takesAnySize ? Math.min(size, ENOUGH) : size;
}
