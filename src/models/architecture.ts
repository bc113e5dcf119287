import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Failure } from '../errors.js';
import { resnet50, type ResNetLayout } from './resnet50.js';
import { vgg19 } from './vgg19.js';
import type { WeightFile } from './weights/index.js';

/**
 * Builds the network that a file with PyTorch's names is for, its weights still zero: a ResNet-50 for images of any
 * size, or a VGG19.
 *
 * @param layout of a ResNet
 * @throws Failure where the names are of neither
 */
export function buildFor(
  { tensors, metadata }: WeightFile,
  file: string,
  layout: ResNetLayout | undefined,
): { model: LayersModel; isResNet: boolean } {
  const { blocks, width, hidden, batch_norm_epsilon: epsilon } = metadata;
  const outputs = (name: string) => tensors.get(name)?.shape[0] ?? 1000;
  const common = { initial: 'zeros' as const, ...(width && { width: Number(width) }) };
  if (tensors.has('features.0.weight')) {
    const classes = outputs('classifier.6.weight');
    return {
      model: vgg19({ classes, ...common, ...(hidden && { hidden: Number(hidden) }) }),
      isResNet: false,
    };
  }
  const names = [...tensors.keys()];
  if (!names.some((name) => name.startsWith('layer1.0.'))) {
    const expected = 'the names of ResNet-50 (layer1.0.conv1.weight) or VGG19 (features.0.weight)';
    throw new Failure(`${file}: expected ${expected}, found ${names.slice(0, 4).join(', ') || 'none'}`);
  }
  const model = resnet50({
    classes: outputs('fc.weight'),
    inputSize: null,
    ...common,
    ...(layout && { layout }),
    ...(epsilon && { epsilon: Number(epsilon) }),
    ...(blocks && { blocks: blocks.split(',').map(Number) }),
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
