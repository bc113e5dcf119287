import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { Failure } from '../../src/errors.js';
import { loadTensorflowOrCpu } from '../../src/tensorflow/index.js';
import { errorOf } from '../data/folder.js';

describe('loadTensorflowOrCpu', () => {
  const missing = () => Promise.reject(new Failure('native TensorFlow: found none; run `camtune setup`'));

  it('falls back to plain JavaScript where the runtime is missing, and warns in one line', async () => {
    const said: string[] = [];
    expect(await loadTensorflowOrCpu((line) => said.push(line), missing)).to.deep.equal({ device: 'cpu (plain JavaScript)' }); // prettier-ignore
    expect(tf.getBackend()).to.equal('cpu');
    expect(said).to.have.length(1);
    expect(said[0])
      .to.match(/^warning: .* slower.*found none; run `camtune setup`\)$/)
      .and.not.include('\n');
  });

  it('passes on what is no missing runtime, and refuses another CAMTUNE_BACKEND', async () => {
    const broken = () => Promise.reject(new TypeError('ours'));
    expect(await errorOf(loadTensorflowOrCpu(() => undefined, broken))).to.be.instanceOf(TypeError);
    const before = process.env['CAMTUNE_BACKEND'];
    process.env['CAMTUNE_BACKEND'] = 'gpu';
    try {
      const { message } = await errorOf(loadTensorflowOrCpu(() => undefined, missing));
      expect(message).to.equal('CAMTUNE_BACKEND: expected cpu (plain JavaScript), or nothing, found "gpu"');
    } finally {
      if (before === undefined) delete process.env['CAMTUNE_BACKEND'];
      else process.env['CAMTUNE_BACKEND'] = before;
    }
  });
});
