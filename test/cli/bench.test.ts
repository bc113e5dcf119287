import { expect } from 'chai';
import { methodsDocument, methodsTable } from '../../src/cli/bench-tables.js';
import type { ExplainTiming } from '../../src/timing/index.js';
import { camtune } from './camtune.js';

function timing(method: string, msPerImage: number): ExplainTiming {
  return {
    ...{ what: 'explain', method, options: {}, queries: 1, gradients: 0, heads: 2 },
    ...{ msPerImage, imagesPerSecond: 1000 / msPerImage, msPerImageMedian: msPerImage, firstCallMs: 500 },
    ...{ peakMemoryMB: 800, backend: 'tensorflow', device: 'cpu', batch: 1, size: 224 },
    ...{ precision: 'float32', computedIn: 'float32' },
  };
}

describe('camtune bench explain', () => {
  it('is one timing where one method is asked for, else one for each by its name', () => {
    const [one, other] = [timing('grad-cam', 40), timing('lafam', 20)];
    expect(methodsDocument([one], 'resnet50')).to.deep.equal({ network: 'resnet50', ...one });
    expect(methodsDocument([one, other], 'vgg19')).to.deep.equal({
      what: 'explain',
      network: 'vgg19',
      ...{ backend: 'tensorflow', device: 'cpu', batch: 1, size: 224 },
      ...{ precision: 'float32', computedIn: 'float32' },
      methods: { 'grad-cam': one, lafam: other },
    });
  });

  it("prints the paper's time beside its methods, for its network", () => {
    const [title, , ...lines] = methodsTable([timing('grad-cam', 40), timing('lafam', 20)], 'resnet50', {
      'grad-cam': 0.03,
    });
    expect(title).to.equal('resnet50, batch 1, 224 px, float32, tensorflow on cpu');
    expect(lines[0]).to.match(/^grad-cam +40\.0 +25\.00 +1 +0 +800 +30$/);
    expect(lines[1]).to.match(/^lafam +20\.0 +50\.00 +1 +0 +800 +$/);
    const [, , vgg] = methodsTable([timing('grad-cam', 40)], 'vgg19', { 'grad-cam': 0.03 });
    expect(vgg).to.match(/800 +$/);
  });

  it('says what is wrong before it times anything', async function () {
    const wrong = await camtune('bench', 'explain', '--method', 'grad-cam,risk');
    expect(wrong.status).to.equal(2);
    expect(wrong.stdout).to.equal('');
    expect(wrong.stderr).to.match(/method: expected the name of a method, found "risk"; near it: rise/);
    expect(wrong.stderr).not.to.contain('1/2');
  });
});
