import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend, fastestBackend } from '../../backend.js';
import { gaussianBlur, groupCam, lafam, type GroupCamOptions } from '../../../src/explain/index.js';
import { compile } from '../../../src/tensorflow/index.js';
import { difference, goldenClassifier, goldenImages, goldens, npy, type GoldenMethod } from '../goldens.js';

const set = goldens();

/** What a golden's parameters ask of groupCam. */
function options({ params }: GoldenMethod): GroupCamOptions {
  return {
    profile: params.profile,
    groups: params.groups,
    order: params.order === 'normalise-then-upsample' ? 'normalize-first' : 'upsample-first',
    gradientOf: params.gradientOf === 'softmax probability' ? 'probability' : 'logit',
    blur: { size: params.blur.taps, sigma: params.blur.sigma },
  };
}

describe('parity with the golden numbers (../shared/goldens)', function () {
  if (!set) {
    it.skip('there is no ../shared/goldens beside this checkout');
    return;
  }

  before(async () => void (await fastestBackend()));
  after(cpuBackend);

  for (const net of Object.keys(set.nets)) {
    describe(net, () => {
      const images = set.images.filter((image) => image.net === net);
      const blurred = images.filter((image) => image.blurred);
      const cases = set.cases.filter((entry) => entry.net === net);
      // Compiled; step by step all of them are in the test of npm run parity.
      const variants = ['group-cam.paper.g32', 'group-cam.reference.g32'];

      it('blurs', async () => {
        const x = await goldenImages(blurred.map(({ file }) => file));
        expect(blurred).to.not.be.empty;
        for (const [size, sigma] of [
          [11, 5],
          [51, 50],
        ] as const) {
          const expected = blurred.flatMap((image) => npy(image.blurred[`${size}/${sigma}`]!).values);
          expect(difference(gaussianBlur(x, { size, sigma }).dataSync(), expected)).to.be.below(1e-5);
        }
      });

      it('lafam', async () => {
        const network = await goldenClassifier(set, net);
        const { map, raw } = lafam(network, await goldenImages(images.map(({ file }) => file)));
        const expected = (part: 'raw' | 'norm') =>
          images.flatMap(({ methods }) => npy(methods.lafam![part]!).values);
        expect(difference(raw.dataSync(), expected('raw'))).to.be.below(1e-4);
        expect(difference(map.dataSync(), expected('norm'))).to.be.below(1e-4);
      });

      for (const name of variants) {
        it(name, async () => {
          const network = await goldenClassifier(set, net);
          const having = cases.filter((entry) => entry.methods[name]);
          expect(having).to.not.be.empty;
          const x = await goldenImages(
            having.map(({ image }) => set.images.find(({ id }) => id === image)!.file),
          );
          const settings = {
            ...options(having[0]!.methods[name]!),
            target: having.map(({ classIndex }) => classIndex),
            chunk: 24,
          };
          const explain = compile((batch: tf.Tensor4D) => groupCam(network, batch, settings), { name });
          const found = explain(x);
          explain.dispose();
          const { gains, baselineScores } = found.details;
          const [raws, maps, alphas] = [found.raw, found.map, gains!].map((tensor) => tf.unstack(tensor));
          const baselines = baselineScores!.dataSync();
          having.forEach(({ role, image, methods }, index) => {
            const golden = methods[name]!;
            const limit = role === 'top' ? 1e-4 : 1e-3;
            expect(difference(alphas![index]!.dataSync(), golden.alpha!), `${image} alpha`).to.be.below(1e-5);
            expect(Math.abs(baselines[index]! - golden.baselineProb!), `${image} baseline`).to.be.below(1e-5);
            expect(difference(maps![index]!.dataSync(), npy(golden.norm).values), `${image} map`).to.be.below(
              limit,
            );
            if (golden.raw) {
              expect(
                difference(raws![index]!.dataSync(), npy(golden.raw).values),
                `${image} raw`,
              ).to.be.below(1e-4);
            }
          });
        });
      }
    });
  }
});
