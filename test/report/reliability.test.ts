import { expect } from 'chai';
import { reliabilityDiagram } from '../../src/report/index.js';

describe('reliabilityDiagram', () => {
  it('draws accuracy, distance and images of every bin that has some', () => {
    const svg = reliabilityDiagram([
      { low: 0, high: 0.5, images: 0, confidence: null, accuracy: null },
      { low: 0.5, high: 1, images: 4, confidence: 0.8, accuracy: 0.5 },
    ]);
    expect(svg.match(/<rect x=/g)).to.have.length(3);
    // 300 pixels are 1: a bar of 0.5, and 0.3 above it.
    expect(svg).to.match(/y="162" height="150" fill="#2563a8"/);
    expect(svg).to.match(/y="72" height="90" fill="#f3c9a0"/);
    expect(svg).to.include('50.0 % to 100.0 %: 4 images, confidence 80.0 %, accuracy 50.0 %');
  });
});
