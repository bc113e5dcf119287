import { input, layers, model } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { sideToTry } from '../../../src/train/run/side-to-try.js';

/** A network for images of one size, or (null) of any. */
function network(size: number | null) {
  const image = input({ shape: [size, size, 3] });
  return model({ inputs: image, outputs: layers.globalAveragePooling2d({}).apply(image) as typeof image });
}

describe('sideToTry', () => {
  it('is that of the run where the network takes no other, or where it is small', () => {
    expect(sideToTry(network(4096), 4096)).to.equal(4096);
    expect(sideToTry(network(null), 224)).to.equal(224);
  });

  it('stays small where the network takes any size: images of 4096 pixels took minutes and 9 GB', () => {
    expect(sideToTry(network(null), 4096)).to.equal(448);
  });
});
