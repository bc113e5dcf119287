import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Failure, show } from '../errors.js';
import { random, mixSeeds } from '../random.js';
import { fill, uniform } from './initialize.js';
import type { Recognized, ResNetLayout } from './networks/index.js';
import { assignWeights, type WeightFile } from './weights/index.js';

export interface ForFile {
  recognized: Recognized;
  /** Of a ResNet, in place of what the file says. */
  layout?: ResNetLayout | undefined;
  /** What a file beside the weights says of the network's sizes. */
  settings?: object | undefined;
  /** Number of outputs where the file has no last layer; default 1000. */
  classes?: number | undefined;
  /** Of a last layer that the file has not; default 0. */
  seed?: number | undefined;
}

export interface Built {
  model: LayersModel;
  /** The last layer is not the file's. */
  newHead?: true;
}

/**
 * Builds the network that a file with PyTorch's names was recognized as, with its weights.
 *
 * @param file the name for messages
 * @throws Failure where the tensors do not fit it
 */
export function buildFor(
  weights: WeightFile,
  file: string,
  { recognized, layout, settings, classes: wanted = 1000, seed = 0 }: ForFile,
): Built {
  const sizes = sizesFrom(weights.metadata, file);
  const { architecture, source, classes } = recognized;
  const config = { ...recognized.config, ...settings, ...sizes, ...(layout && { layout }) };
  const options = { classes: classes ?? wanted, initial: 'zeros' as const };
  const model = architecture.build(config, options);
  const head = architecture.head.replaceAll('.', '_');
  const isHead = (layer: string) => classes === undefined && layer === head;
  try {
    assignWeights(model, weights, file, { rules: source.names, ignored: source.ignored, except: isHead });
  } catch (error) {
    model.dispose();
    throw error;
  }
  if (classes !== undefined) return { model };
  const [kernel] = model.getLayer(head).weights;
  fill(kernel!, uniform(1 / Math.sqrt(kernel!.shape[0]!), random(mixSeeds(seed, 0x4ead))));
  return { model, newHead: true };
}

interface Sizes {
  width?: number;
  hidden?: number;
  epsilon?: number;
  heads?: number;
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
  const found = {
    width: number('width', 1, 4096, true),
    hidden: number('hidden', 1, 65536, true),
    epsilon: number('batch_norm_epsilon', 1e-12, 1, false),
    heads: number('heads', 1, 1024, true),
    blocks,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** The layout of a ResNet that a file's metadata names, if it does. */
export function layoutFrom({ layout, variant = '' }: Record<string, string>): ResNetLayout | undefined {
  const text = layout ?? variant;
  if (/stride.in.(the.)?(first.)?1x1/i.test(text)) return 'stride-in-1x1';
  if (/stride.in.(the.)?3x3|v1\.5/i.test(text)) return 'stride-in-3x3';
  return undefined;
}
