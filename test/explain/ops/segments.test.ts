import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../../backend.js';
import {
  clusters,
  coverByRegions,
  dilate,
  felzenszwalb,
  resizeCubic,
  segmentsOfScales,
  xrai,
} from '../../../src/explain/index.js';
import { fakeClassifier, values } from '../fake-classifier.js';
import { difference } from '../goldens.js';

describe('felzenszwalb', () => {
  const halves = Float64Array.from({ length: 64 }, (_, pixel) => (pixel % 8 < 4 ? -1 : 1));

  it('parts an image where it changes, and numbers segments as they appear', () => {
    const [labels] = felzenszwalb(halves, [8, 8, 1], { scales: [1], sigma: 0.1, minSize: 2 });
    expect(Array.from(labels!)).to.deep.equal(Array.from(halves, (value) => (value < 0 ? 0 : 1)));
  });

  it('joins what is smaller than the least size', () => {
    const speck = halves.slice();
    speck[0] = 1;
    const [labels] = felzenszwalb(speck, [8, 8, 1], { scales: [1], sigma: 0.1, minSize: 2 });
    expect(Array.from(labels!)).to.deep.equal(Array.from(halves, (value) => (value < 0 ? 0 : 1)));
  });

  it('makes fewer segments at a larger scale', () => {
    const ramp = Float64Array.from({ length: 400 }, (_, pixel) => Math.sin(pixel * 1.7) + (pixel % 20) / 10);
    const found = felzenszwalb(ramp, [20, 20, 1], { scales: [10, 100, 1000], sigma: 0.5, minSize: 1 });
    const [many, some, few] = found.map((labels) => new Set(labels).size) as [number, number, number];
    expect(many).to.be.above(some);
    expect(some).to.be.above(few);
  });

  it('is one segment for an image of one color, at any size', () => {
    const options = { scales: [50], sigma: 0.8, minSize: 1, side: 16 };
    const [labels] = segmentsOfScales(new Float64Array(40).fill(3), [5, 8, 1], options);
    expect(Array.from(labels!)).to.deep.equal(new Array(40).fill(0));
  });
});

describe('resizeCubic', () => {
  it('gives the pixels back at the same size, and keeps their range at another', () => {
    const image = Float64Array.from({ length: 24 }, (_, index) => Math.cos(index));
    expect(difference(resizeCubic(image, [4, 6, 1], [4, 6]), image)).to.be.below(1e-12);
    const large = resizeCubic(image, [4, 6, 1], [9, 17]);
    expect(large).to.have.length(153);
    expect(Math.max(...large)).to.be.at.most(Math.max(...image));
  });

  it('goes through the middle of a smooth line', () => {
    const line = Float64Array.from({ length: 41 }, (_, index) => Math.sin(index / 5));
    const double = resizeCubic(line, [1, 41, 1], [1, 82]);
    // Pixel 40 of the double line lies at 40.5 / 2 − 0.5 = 19.75.
    expect(double[40]).to.be.closeTo(Math.sin(19.75 / 5), 1e-4);
  });
});

describe('dilate', () => {
  it('widens each segment by a disk', () => {
    // One pixel in the middle of 5×5.
    const labels = Int32Array.from({ length: 25 }, (_, pixel) => (pixel === 12 ? 1 : 0));
    const [around, middle] = dilate(labels, 5, 1);
    expect(Array.from(middle!)).to.deep.equal([7, 11, 12, 13, 17]);
    expect(around).to.have.length(25);
    expect(Array.from(dilate(labels, 5, 0)[1]!)).to.deep.equal([12]);
  });
});

describe('coverByRegions', () => {
  const attribution = Float32Array.from([4, 4, 1, 1, 0, 0]);
  const regions = [
    [2, 3],
    [0, 1],
    [0, 1, 2, 3],
  ].map((pixels) => Int32Array.from(pixels));

  it('adds the region with the highest mean of what is not covered yet', () => {
    const { map, ranks } = coverByRegions(attribution, regions, { minPixels: 1, area: 1 });
    // {0, 1} first; then {2, 3}; the large one adds nothing; the rest gets its own mean.
    expect(Array.from(map)).to.deep.equal([4, 4, 1, 1, 0, 0]);
    expect(Array.from(ranks)).to.deep.equal([1, 1, 2, 2, 3, 3]);
  });

  it('leaves out regions that add too little', () => {
    const { map, ranks } = coverByRegions(attribution, regions, { minPixels: 3, area: 1 });
    expect(Array.from(map)).to.deep.equal([2.5, 2.5, 2.5, 2.5, 0, 0]);
    expect(Array.from(ranks)).to.deep.equal([1, 1, 1, 1, 2, 2]);
  });

  it('stops at the area it is given, and knows an image without regions', () => {
    const { ranks } = coverByRegions(attribution, regions, { minPixels: 1, area: 0.3 });
    expect(Array.from(ranks)).to.deep.equal([1, 1, 2, 2, 2, 2]);
    expect(Array.from(coverByRegions(attribution, [], { minPixels: 1, area: 1 }).ranks)).to.deep.equal(
      new Array(6).fill(1),
    );
  });
});

describe('xrai', () => {
  before(cpuBackend);

  it('spreads the attribution over the segments', () => {
    // The logit is the sum of the left half: integrated gradients from dark and bright are (x − 0 + x − 1) / 2 there.
    const left = tf.tensor4d([1, 1, 0, 0], [1, 1, 4, 1]);
    const logits = (x: tf.Tensor4D) => tf.reshape<tf.Rank.R2>(tf.sum(tf.mul(x, left), [1, 2, 3]), [-1, 1]);
    const network = fakeClassifier({ logits, classes: 1, probability: 'sigmoid' });
    const image = tf.tensor4d([1, 0.5, 0, 1], [1, 1, 4, 1]);
    const labels = tf.tensor4d([0, 0, 1, 1], [1, 1, 1, 4], 'int32');
    const { raw, details } = xrai(network, image, { labels, steps: 3, minPixels: 1, dilation: 0 });
    expect(difference(values(details['attribution']!), [0.5, 0, 0, 0])).to.be.below(1e-6);
    expect(difference(values(raw), [0.25, 0.25, 0, 0])).to.be.below(1e-6);
    expect(values(details['ranks']!)).to.deep.equal([1, 1, 2, 2]);
  });
});

describe('clusters', () => {
  it('puts vectors of one direction together, whatever their length', () => {
    const vectors = Float32Array.from([1, 0, 5, 0.1, 0, 2, 0.1, 9, 3, 0]);
    const found = clusters(vectors, 5, 2, 0);
    expect(found[0]).to.equal(found[1]);
    expect(found[0]).to.equal(found[4]);
    expect(found[2]).to.equal(found[3]);
    expect(found[0]).to.not.equal(found[2]);
  });

  it('makes no more groups than there are directions, and takes vectors of zeros', () => {
    const found = clusters(new Float32Array(12), 6, 4, 1);
    expect(new Set(found).size).to.equal(1);
    expect(Math.max(...clusters(Float32Array.from([1, 0, 2, 0, 0, 1]), 3, 8, 1))).to.be.below(2);
  });
});
