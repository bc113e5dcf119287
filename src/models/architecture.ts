import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Failure } from '../errors.js';
import { resnet50, type ResNetLayout } from './resnet50.js';
import type { WeightFile } from './weights/index.js';

/**
 * Builds the network that a file with PyTorch's names is for, its weights still zero. Input of any size.
 *
 * @throws Failure where the names are not those of ResNet-50
 */
export function buildFor(
  { tensors, metadata }: WeightFile,
  file: string,
  layout: ResNetLayout | undefined,
): { model: LayersModel; isResNet: boolean } {
  const names = [...tensors.keys()];
  if (!names.some((name) => name.startsWith('layer1.0.'))) {
    const found = names.slice(0, 4).join(', ');
    throw new Failure(
      `${file}: expected the names of ResNet-50 (conv1.weight, layer1.0.conv1.weight), found ${found}`,
    );
  }
  const { blocks, width, batch_norm_epsilon: epsilon } = metadata;
  const model = resnet50({
    classes: tensors.get('fc.weight')?.shape[0] ?? 1000,
    inputSize: null,
    initial: 'zeros',
    ...(layout && { layout }),
    ...(epsilon && { epsilon: Number(epsilon) }),
    ...(blocks && { blocks: blocks.split(',').map(Number) }),
    ...(width && { width: Number(width) }),
  });
  return { model, isResNet: true };
}

/** The layout of a ResNet that a file's metadata names, if it does. */
export function layoutFrom({ layout, variant = '' }: Record<string, string>): ResNetLayout | undefined {
  const text = layout ?? variant;
  if (/stride.in.(the.)?(first.)?1x1/i.test(text)) return 'stride-in-1x1';
  if (/stride.in.(the.)?3x3|v1\.5/i.test(text)) return 'stride-in-3x3';
  return undefined;
}
