import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { needsNative } from '../backend.js';
import { stage, stageOptions, type StageOptions } from '../../src/augment/index.js';
import { classifier } from '../../src/models/index.js';
import { compile } from '../../src/tensorflow/index.js';
import { stageOf } from '../../src/train/index.js';
import { completeRecipe } from '../../src/train/recipe/index.js';
import { difference, flatMemory, values, wave } from '../tensorflow/support.js';

describe('scoringPrecision', () => {
  before(needsNative);
  const owned = flatMemory();

  it('is what the network is asked in; the images stay as exact as they are', () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.conv2d({ inputShape: [12, 12, 3], filters: 8, kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer: tfl.initializers.glorotUniform({ seed: 1 }) }), // prettier-ignore
        tfl.layers.globalAveragePooling2d({}),
        tfl.layers.dense({
          units: 3,
          activation: 'softmax',
          kernelInitializer: tfl.initializers.glorotUniform({ seed: 2 }),
        }),
      ],
    });
    const network = classifier(model);
    const images = owned(wave([2, 12, 12, 3])) as tf.Tensor4D;
    const labels = owned(tf.tensor1d([0, 2], 'int32'));
    const staged = (method: StageOptions['method'], scoringPrecision: StageOptions['scoringPrecision']) => {
      const options = stageOptions({ method, groups: 4, blur: { size: 9, sigma: 4 }, scoringPrecision });
      const run = owned(compile((x: tf.Tensor4D, y: tf.Tensor1D) => stage(network, x, y, options)));
      const { images: changed, map, mask, zero } = run(images, labels);
      owned(zero);
      return { changed: owned(changed), map: owned(map), mask: owned(mask) };
    };
    for (const method of ['group-cam', 'lafam', 'eigen-cam', 'recipro-cam'] as const) {
      const [exact, low] = [staged(method, null), staged(method, 'bfloat16')];
      expect(difference(low.map, exact.map), method).to.be.within(1e-6, 0.1);
      const given = values(images);
      const inside = values(low.mask);
      const changed = values(low.changed);
      expect(inside, method).to.include.members([0, 1]);
      inside.forEach((kept, pixel) => {
        if (kept === 1)
          expect(changed.slice(3 * pixel, 3 * pixel + 3)).to.deep.equal(
            given.slice(3 * pixel, 3 * pixel + 3),
          );
      });
    }
    model.dispose();
  });

  it('of a recipe is bfloat16 for cost auto, and 16 bits only where they are faster', () => {
    const asked = (stage: object, bfloat16: boolean, precision = 'float32') =>
      stageOf(
        completeRecipe({
          model: { architecture: 'resnet50' },
          data: { train: 't', val: 'v' },
          stage,
          precision,
        }),
        { device: 'cpu', bfloat16 },
      ).scoringPrecision;
    expect(asked({ cost: 'exact' }, true)).to.equal(null);
    expect(asked({ cost: 'auto' }, true)).to.equal('bfloat16');
    expect(asked({ cost: 'auto' }, false)).to.equal('float32');
    expect(asked({ cost: 'auto' }, true, 'bfloat16')).to.equal(null);
    expect(asked({ cost: 'auto', scoringPrecision: 'float32' }, true)).to.equal('float32');
    expect(asked({ scoringPrecision: 'bfloat16' }, true)).to.equal('bfloat16');
    expect(asked({ scoringPrecision: 'bfloat16' }, false)).to.equal('float32');
    expect(asked({ scoringPrecision: 'float16' }, true), 'for GPUs').to.equal('float32');
  });
});
