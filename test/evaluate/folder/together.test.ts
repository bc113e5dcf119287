import { expect } from 'chai';
import { joined } from '../../../src/evaluate/folder/together.js';

describe('the progress of several processes', () => {
  it('is one: of the metric that the slowest is at, and the images of all', () => {
    const said: string[] = [];
    const parts = joined(2, {
      start: (metric, total) => void said.push(`${metric} of ${total}`),
      progress: (images) => void said.push(String(images)),
      note: () => undefined,
    });
    parts.tell(0, { metric: 'road', total: 5 });
    parts.tell(0, { images: 2 });
    parts.tell(1, { metric: 'road', total: 5 });
    parts.tell(1, { images: 1 });
    parts.tell(0, { images: 3 });
    parts.tell(0, { metric: 'accuracy', total: 4 });
    parts.tell(0, { images: 2 });
    expect(parts.images(0)).to.equal(2);
    parts.tell(1, { images: 2 });
    parts.tell(1, { metric: 'accuracy', total: 4 });
    expect(said.join(' ')).to.equal('road of 5 0 2 2 3 4 4 4 5 accuracy of 4 2');
  });
});
