import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tfl from '@tensorflow/tfjs-layers';
import { resnet50, saveModel, torchvisionPreprocessing } from '../../../src/models/index.js';
import { completeRecipe, type Recipe } from '../../../src/train/recipe/index.js';
import { writeShapes } from './shapes.js';

/** A temporary folder with a data set and the weights of a small network; every run has a folder of its own in it. */
export interface Scene {
  folder: string;
  /** A path in it. */
  at(...names: string[]): string;
  remove(): Promise<void>;
}

/** 24 training and 10 validation images of three colors: with batches of 8, three steps an epoch and a short batch. */
export function makeScene(blocks?: number[]): Promise<Scene> {
  return sceneOf(8, tinyResNet(3, 0, blocks));
}

/** 21 training and 10 validation images of three colors, and a network of two convolutions: as little as can be trained. */
export function smallScene(): Promise<Scene> {
  return sceneOf(7, twoConvolutions());
}

async function sceneOf(imagesOfClass: number, model: tfl.LayersModel): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'camtune-train-'));
  const at = (...names: string[]): string => join(folder, ...names);
  await writeShapes(at('train'), { blue: imagesOfClass, green: imagesOfClass, red: imagesOfClass }, 1);
  await writeShapes(at('val'), { blue: 4, green: 3, red: 3 }, 2);
  await saveModel(model, at('tiny'), {
    preprocessing: { ...torchvisionPreprocessing, crop: 32, resize: 36 },
  });
  model.dispose();
  return { folder, at, remove: () => rm(folder, { recursive: true, force: true }) };
}

function twoConvolutions(): tfl.LayersModel {
  const { initializers, layers, sequential } = tfl;
  const convolution = (name: string, seed: number) =>
    layers.conv2d({ name, filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false, kernelInitializer: initializers.heNormal({ seed }) }); // prettier-ignore
  return sequential({
    layers: [
      layers.inputLayer({ inputShape: [32, 32, 3] }),
      convolution('conv1', 1),
      layers.batchNormalization({ name: 'norm1' }),
      layers.reLU(),
      convolution('conv2', 2),
      layers.batchNormalization({ name: 'norm2' }),
      layers.reLU(),
      layers.globalAveragePooling2d({ name: 'mean' }),
      layers.dense({ name: 'head', units: 3, kernelInitializer: initializers.heNormal({ seed: 3 }) }),
    ],
  });
}

/** A ResNet with 8 channels for images of any size, by default of two stages: what it costs is its tracing. */
export function tinyResNet(classes: number, seed = 0, blocks = [1, 1]) {
  return resnet50({ classes, blocks, width: 8, inputSize: null, seed });
}

type Changes = { [Section in keyof Recipe]?: Recipe[Section] extends object ? object : Recipe[Section] };

/** A run of seconds: two epochs without the stage. Each section given is laid over that. */
export function tinyRecipe(scene: Scene, changes: Changes = {}): Recipe {
  const base: Changes = {
    model: { weights: scene.at('tiny') },
    data: { train: scene.at('train'), val: scene.at('val'), batchSize: 8, size: 32, resize: 36 },
    stage: { enabled: false, groups: 4, blur: { size: 9, sigma: 8 } },
    optimizer: { learningRate: 0.05 },
    schedule: { epochs: 2, kind: 'constant' },
    log: { every: 1, probe: { images: 2 }, tensorboard: false, saliency: false },
    checkpoint: {},
  };
  const sections = Object.keys({ ...base, ...changes }) as (keyof Recipe)[];
  return completeRecipe(
    Object.fromEntries(
      sections.map((name) => {
        const change = changes[name];
        return [
          name,
          typeof change === 'object' ? { ...(base[name] as object), ...change } : (change ?? base[name]),
        ];
      }),
    ),
  );
}
