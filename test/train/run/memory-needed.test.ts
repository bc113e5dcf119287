import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { InvalidInput } from '../../../src/errors.js';
import { activationCount, architectureOf } from '../../../src/models/index.js';
import { memoryNeeded, memoryWarning } from '../../../src/train/run/memory-needed.js';
import { parametersOf } from '../../../src/train/step/index.js';
import { completeRecipe } from '../../../src/train/recipe/index.js';
import { cpuBackend } from '../../backend.js';

const GB = 1e9;
const all = { freeze: [], freezeNorm: false, decayNormAndBias: true, headFactor: 1 };

/** 3×3 convolutions without padding of 4 and 8 channels, pooled into two logits. */
function twoConvolutions() {
  const image = input({ shape: [null, null, 3] });
  const conv = (name: string, filters: number, x: SymbolicTensor) =>
    layers.conv2d({ name, filters, kernelSize: 3 }).apply(x) as SymbolicTensor;
  const pooled = layers.globalAveragePooling2d({}).apply(conv('second', 8, conv('first', 4, image)));
  return model({ inputs: image, outputs: layers.dense({ units: 2 }).apply(pooled) as SymbolicTensor });
}

function recipe(data: { batchSize: number; size: number }) {
  return completeRecipe({ data: { train: 'a', val: 'b', resize: 1000, ...data }, stage: { enabled: false } });
}

describe('the memory that a run needs', () => {
  before(cpuBackend);

  it('counts what the layers give for an image, of any size where the network takes any', () => {
    // 4 · 8² + 8 · 6² + 8 + 2
    expect(activationCount(twoConvolutions(), 10)).to.equal(554);
    expect(activationCount(twoConvolutions(), 10, (layer) => layer !== 'first')).to.equal(298);
  });

  it('is the process, its weights and 1,900 bytes a pixel in a ResNet-50, which it was measured on', () => {
    const { architecture, config } = architectureOf('resnet50');
    const network = architecture.build(config, { classes: 1000, initial: 'zeros' });
    const needed = memoryNeeded(recipe({ batchSize: 32, size: 224 }), network, parametersOf(network, all));
    const expected = 0.6 * GB + 3 * 4 * network.countParams() + 32 * 224 ** 2 * 1900;
    expect(needed).to.be.closeTo(expected, 0.02 * GB);
    const last = parametersOf(network, { ...all, freeze: ['conv1', 'bn1', 'layer1*', 'layer2*', 'layer3*'] });
    expect(memoryNeeded(recipe({ batchSize: 32, size: 224 }), network, last)).to.be.below(1.4 * GB);
    network.dispose();
  });

  it('of a process is that of its share of a batch', () => {
    const network = twoConvolutions();
    const parameters = parametersOf(network, all);
    const [alone, shared] = [1, 4].map((processes) =>
      memoryNeeded(recipe({ batchSize: 64, size: 500 }), network, parameters, processes),
    );
    const [batch, part] = [alone! - 0.6 * GB, shared! - 0.6 * GB];
    expect(batch / part).to.be.closeTo(4, 0.01);
  });

  it('is told where it is more than there is, and refused where it is far more', () => {
    const network = twoConvolutions();
    const parameters = parametersOf(network, all);
    const asked = recipe({ batchSize: 64, size: 1000 });
    const needed = memoryNeeded(asked, network, parameters);
    const told = (free: number, total: number, more: object = {}) =>
      memoryWarning(asked, network, parameters, { memory: { free, total }, device: 'cpu', ...more });
    expect(told(needed, needed)).to.equal(undefined);
    expect(told(needed - 1, needed)).to.match(
      /^memory: about [\d.]+ GB for batches of 64 images of 1000 px, but [\d.]+ GB are free, and the system may end the run without a word; lower data\.batchSize .*accumulate/,
    );
    expect(told(1.5 * needed, 1.5 * needed, { runs: 2 })).to.match(/of 1000 px, 2 runs at a time, but/);
    expect(() => told(1, needed / 5)).to.throw(
      InvalidInput,
      /^memory: expected a run that fits into the [\d.]+ GB of this machine, found about [\d.]+ GB for batches of 64 images of 1000 px; lower data\.batchSize/,
    );
    expect(told(1, 1, { device: 'gpu' }), 'which has memory of its own').to.equal(undefined);
  });
});
