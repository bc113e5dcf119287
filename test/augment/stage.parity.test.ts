import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend, fastestBackend } from '../backend.js';
import { stage, stageOptions } from '../../src/augment/index.js';
import { compile } from '../../src/tensorflow/index.js';
import { difference, goldenClassifier, goldenImages, goldens, npy } from '../explain/goldens.js';

const set = goldens();
const name = 'group-cam.gradient-free.g16';

describe('parity of the stage with the golden numbers (../shared/goldens)', function () {
  if (!set) {
    it.skip('there is no ../shared/goldens beside this checkout');
    return;
  }

  before(async () => void (await fastestBackend()));
  after(cpuBackend);

  for (const net of Object.keys(set.nets)) {
    it(`${net}: the map, the binary mask and the blended image`, async () => {
      const network = await goldenClassifier(set, net);
      const cases = set.cases.filter((entry) => entry.net === net && entry.methods[name]);
      expect(cases).to.not.be.empty;
      const { groups, blur } = cases[0]!.methods[name]!.params;
      const options = stageOptions({ groups, blur: { size: blur.taps, sigma: blur.sigma } });
      const run = compile((x: tf.Tensor4D, y: tf.Tensor1D) => stage(network, x, y, options), {
        name: 'stage',
      });

      const files = cases.map(({ image }) => set.images.find(({ id }) => id === image)!.file);
      const classes = cases.map(({ classIndex }) => classIndex);
      const staged = run(await goldenImages(files), tf.tensor1d(classes, 'int32'));
      const [images, maps, masks] = [staged.images, staged.map, staged.mask].map((tensor) =>
        tf.unstack(tensor),
      );

      cases.forEach(({ image, methods }, index) => {
        const { raw, mask, blended } = methods[name]!;
        const expectedMap = npy(raw!).values;
        expect(difference(maps![index]!.dataSync(), expectedMap), `${image} map`).to.be.below(1e-4);

        const mean = expectedMap.reduce((sum, value) => sum + value, 0) / expectedMap.length;
        const tie = expectedMap.map((value) => Math.abs(value - mean) < 1e-6);
        const expectedMask = npy(mask!).values;
        const foundMask = masks![index]!.dataSync();
        const wrong = expectedMask.filter((inside, pixel) => inside !== foundMask[pixel] && !tie[pixel]);
        expect(wrong, `${image} mask`).to.be.empty;
        expect(expectedMask, `${image} mask`).to.include(0).and.to.include(1);

        const foundImage = images![index]!.dataSync();
        const same = (_: number, value: number): boolean =>
          foundMask[Math.floor(value / 3)] === expectedMask[Math.floor(value / 3)];
        const expectedImage = npy(blended!).values;
        expect(difference(foundImage.filter(same), expectedImage.filter(same)), `${image} blend`).to.be.below(
          1e-4,
        );
      });
      run.dispose();
    });
  }
});
