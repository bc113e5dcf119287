import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Failure, show } from '../errors.js';
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
  const outputs = (name: string) => tensors.get(name)?.shape[0] ?? 1000;
  const { width, ...rest } = sizesFrom(metadata, file);
  const common = { initial: 'zeros' as const, ...(width && { width }) };
  if (tensors.has('features.0.weight')) {
    const { hidden } = rest;
    const classes = outputs('classifier.6.weight');
    return { model: vgg19({ classes, ...common, ...(hidden && { hidden }) }), isResNet: false };
  }
  const names = [...tensors.keys()];
  if (!names.some((name) => name.startsWith('layer1.0.'))) {
    const expected = 'the names of ResNet-50 (layer1.0.conv1.weight) or VGG19 (features.0.weight)';
    throw new Failure(`${file}: expected ${expected}, found ${names.slice(0, 4).join(', ') || 'none'}`);
  }
  const { blocks, epsilon } = rest;
  const model = resnet50({
    classes: outputs('fc.weight'),
    inputSize: null,
    ...common,
    ...(layout && { layout }),
    ...(epsilon && { epsilon }),
    ...(blocks && { blocks }),
  });
  return { model, isResNet: true };
}

interface Sizes {
  width?: number;
  hidden?: number;
  epsilon?: number;
  blocks?: number[];
}

/** The sizes of a network that a file's metadata names. */
function sizesFrom(metadata: Record<string, string>, file: string): Sizes {
  const number = (key: string, least: number, most: number, isWhole: boolean) => {
    const text = metadata[key];
    if (text === undefined) return undefined;
    const value = Number(text || NaN);
    if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
    const expected = `${isWhole ? 'an integer' : 'a number'} from ${least} to ${most}`;
    throw new Failure(`${file}: its metadata's ${key}: expected ${expected}, found ${show(text)}`);
  };
  const { blocks: listed } = metadata;
  const blocks = listed?.split(',').map(Number);
  const areBlocks = (counts: number[]) =>
    counts.length <= 8 && counts.every((count) => Number.isInteger(count) && count >= 1 && count <= 200);
  if (blocks && !areBlocks(blocks)) {
    const expected = 'up to eight numbers of blocks from 1 to 200';
    throw new Failure(`${file}: its metadata's blocks: expected ${expected}, found ${show(listed)}`);
  }
  return {
    width: number('width', 1, 4096, true),
    hidden: number('hidden', 1, 65536, true),
    epsilon: number('batch_norm_epsilon', 1e-12, 1, false),
    blocks,
  };
}

/** The layout of a ResNet that a file's metadata names, if it does. */
export function layoutFrom({ layout, variant = '' }: Record<string, string>): ResNetLayout | undefined {
  const text = layout ?? variant;
  if (/stride.in.(the.)?(first.)?1x1/i.test(text)) return 'stride-in-1x1';
  if (/stride.in.(the.)?3x3|v1\.5/i.test(text)) return 'stride-in-3x3';
  return undefined;
}
