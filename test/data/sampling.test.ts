import { expect } from 'chai';
import { balancedOrder, repetitions } from '../../src/data/sampling.js';
import { random } from '../../src/random.js';

// Class 0 holds the images 0 to 6, class 1 the images 7 and 8, class 2 image 9.
const labels = Int32Array.from([0, 0, 0, 0, 0, 0, 0, 1, 1, 2]);
const countsOf = (values: Iterable<number>, length: number): number[] => {
  const counts = Array.from({ length }, () => 0);
  for (const value of values) counts[value]!++;
  return counts;
};

describe('balancedOrder', () => {
  it('has as many images as before, of each class as many as of any other, give or take one', () => {
    const extra = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const order = balancedOrder(labels, random(seed));
      expect(order).to.have.length(10);
      const counts = countsOf(Array.from(order, (image) => labels[image]!), 3);
      expect([...counts].sort()).to.deep.equal([3, 3, 4]);
      extra.add(counts.indexOf(4));
      const images = countsOf(order, 10);
      // Of the large class every image at most once; of the small ones no image twice as long as another is left out.
      expect(Math.max(...images.slice(0, 7))).to.equal(1);
      expect(Math.abs(images[7]! - images[8]!)).to.be.at.most(1);
    }
    // Chance says who has one more.
    expect(extra.size).to.equal(3);
  });

  it('is another one for another seed, the same for the same one, and reaches every image sooner or later', () => {
    const orders = Array.from({ length: 8 }, (_, seed) => balancedOrder(labels, random(seed)));
    expect(new Set(orders.map((order) => order.join())).size).to.equal(8);
    const many = Array.from({ length: 100 }, (_, seed) => [...balancedOrder(labels, random(seed))]);
    expect(new Set(many.flat()).size).to.equal(10);
    expect(balancedOrder(labels, random(3))).to.deep.equal(orders[3]);
  });

  it('leaves out a class without images', () => {
    const order = balancedOrder(Int32Array.from([0, 0, 0, 2]), random(1));
    expect(countsOf(order, 4)[3]).to.equal(2);
  });
});

describe('repetitions', () => {
  it('counts how often an image has come before', () => {
    expect([...repetitions(Int32Array.from([4, 2, 4, 4, 2]))]).to.deep.equal([0, 0, 1, 2, 1]);
  });
});
