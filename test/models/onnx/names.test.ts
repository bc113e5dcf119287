import { expect } from 'chai';
import { computed } from '../../../src/models/onnx/names.js';

describe('names of initializers', () => {
  it('tell what the program computed from what is trained', () => {
    const made = [
      'scalar_tensor_default',
      'slice_scatter_17',
      'arange_1',
      'full',
      'zeros_3',
      'new_zeros',
      'lift_fresh_copy',
    ];
    expect(made.filter((name) => !computed.test(name))).to.deep.equal([]);
    const trained = [
      'cls_token',
      'pos_embed',
      'features.1.1.attn.qkv.bias',
      'layers.0.ones.weight',
      'stones',
      'fullness',
    ];
    expect(trained.filter((name) => computed.test(name))).to.deep.equal([]);
  });
});
