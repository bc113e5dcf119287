import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { checkSizes } from '../../src/models/sizes.js';
import { cpuBackend } from '../backend.js';

describe('checkSizes', () => {
  before(cpuBackend);

  const wants = (height: number | null, width: number | null) => () => {
    const image = input({ shape: [height, width, 3] });
    const pooled = layers.globalAveragePooling2d({}).apply(image) as SymbolicTensor;
    checkSizes(model({ inputs: image, outputs: pooled }), 'net.keras');
  };

  it('takes images that can be computed with, of any size too', () => {
    expect(wants(1, 4096)).to.not.throw();
    expect(wants(null, null)).to.not.throw();
  });

  it('refuses sides that are none, or too large', () => {
    for (const side of [-4, 0, 4097, 1e8])
      expect(wants(side, 8)).to.throw(`net.keras: wants images of ${side} x 8 pixels; from 1 to 4096 a side`);
  });
});
