import { expect } from 'chai';
import { hasAmpere, seeOneGpu } from '../../src/tensorflow/native/runtime/gpu.js';

describe('GPUs', () => {
  it('gain from bfloat16 from compute capability 8 on', () => {
    expect(['7.5\n', '8.0\n', '9.0\n', '12.0', '', 'No devices were found'].map(hasAmpere)).to.deep.equal([
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('are one, unless the user says which', () => {
    const environments: Record<string, string | undefined>[] = [
      {},
      { CUDA_VISIBLE_DEVICES: '2' },
      { CUDA_VISIBLE_DEVICES: '' },
    ];
    environments.forEach(seeOneGpu);
    expect(environments.map(({ CUDA_VISIBLE_DEVICES }) => CUDA_VISIBLE_DEVICES)).to.deep.equal([
      '0',
      '2',
      '',
    ]);
  });
});
