import { invalid } from '../../errors.js';
import { cam, resized, upsample } from '../../explain/index.js';
import type { MapSource } from './types.js';
import { targetOf } from './target.js';

/**
 * CAM of the class (Zhou et al. 2016): the closed form where pooling and one linear layer end the network. Signed: what
 * speaks against the class is below 0.
 */
export const camSource: MapSource = {
  summary: "CAM, the class's weights on the last activations",
  queries: () => 0,
  passes: ({ scoringScale }) => scoringScale ** 2,
  needs: 'label',
  fromNetwork: true,
  find({ classifier, images, labels, options }) {
    if (!classifier.linearHead) {
      const expected = `recipro-cam, group-cam or lafam for a network without pooling and one linear layer behind ${classifier.layer}`;
      throw invalid('stage.method', expected, 'cam');
    }
    const [, height, width] = images.shape;
    const target = targetOf({ labels, options });
    return {
      map: upsample(cam(classifier, resized(images, options.scoringScale), { target }).raw, [height, width]),
    };
  },
};
