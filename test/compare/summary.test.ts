import { expect } from 'chai';
import { resultsCsv, summarize } from '../../src/compare/index.js';
import { resultOf } from './results.js';

describe('summary of a comparison', () => {
  const results = [
    resultOf('plain', 0, { top1: [1, 0, 0, 1], curve: [0.4, 0.5] }),
    resultOf('lafam', 0, { top1: [1, 1, 0, 1], curve: [0.2, 0.6], secondsAnEpoch: 20 }),
    resultOf('plain', 1, { top1: [0, 0, 0, 1], curve: [0.3, 0.25] }),
    resultOf('lafam', 1, { top1: [1, 0, 0, 1], curve: [0.1, 0.5], secondsAnEpoch: 15 }),
  ];
  const { plain, lafam } = summarize(results);

  it('gives means and deviations over the seeds', () => {
    expect(lafam!.seeds).to.deep.equal([0, 1]);
    expect(lafam!.figures.top1.bySeed).to.deep.equal([0.75, 0.5]);
    expect(lafam!.figures.top1.mean).to.equal(0.625);
    expect(lafam!.figures.top1.sd).to.be.closeTo(0.25 / Math.SQRT2, 1e-12);
    expect(plain!.figures.bestTop1.bySeed).to.deep.equal([0.5, 0.3]);
    expect(lafam!.figures.energyGradCam).to.deep.equal({ mean: null, sd: null, bySeed: [null, null], difference: null }); // prettier-ignore
  });

  it('pairs each run with plain of its seed', () => {
    const { difference } = lafam!.figures.top1;
    expect(difference!.bySeed).to.deep.equal([0.25, 0.25]);
    expect(difference!.mean).to.equal(0.25);
    expect(difference!.low).to.be.at.least(0);
    expect(difference!.high).to.be.within(0.25, 1);
    expect(plain!.figures.top1.difference).to.equal(null);
  });

  it('takes the gap on the images whose background was swapped', () => {
    // Image 0 has no swapped twin: of the other three, plain has one right with seed 0.
    expect(plain!.figures.swapGap.bySeed[0]).to.be.closeTo(1 / 3, 1e-12);
    expect(lafam!.figures.swapGap.difference!.bySeed[0]).to.be.closeTo(1 / 3, 1e-12);
  });

  it("compares at plain's training time with the same seed", () => {
    // Plain took 20 s. With seed 0 the arm had finished its first epoch then, with seed 1 a third of its second too.
    expect(lafam!.figures.equalTimeTop1.bySeed[0]).to.equal(0.2);
    expect(lafam!.figures.equalTimeTop1.bySeed[1]).to.be.closeTo(0.1 + 0.4 / 3, 1e-12);
    expect(plain!.figures.equalTimeTop1.bySeed).to.deep.equal([0.5, 0.25]);
    expect(lafam!.figures.seconds.mean).to.equal(35);
    expect(plain!.figures.imagesPerSecond.mean).to.be.closeTo(3.2, 1e-12);
  });

  it('leaves out runs whose plain twin is not there yet', () => {
    const { lafam } = summarize(results.filter(({ arm, seed }) => arm === 'lafam' || seed === 1));
    expect(lafam!.figures.top1.difference!.bySeed).to.deep.equal([null, 0.25]);
    expect(summarize(results.slice(1, 2))['lafam']!.figures.top1.difference).to.equal(null);
  });

  it('refuses runs that were measured on other images', () => {
    const other = resultOf('cam', 0, { top1: [1, 1], curve: [0.5] });
    expect(() => summarize([...results, other])).to.throw(/^cam, seed 0: measured on other images/);
  });

  it('writes every figure of every run as CSV', () => {
    const [head, first, ...rest] = resultsCsv(results).trimEnd().split('\n');
    expect(head).to.match(
      /^arm,seed,steps,top1,top5,loss,bestTop1,blurredTop1,swappedTop1,swapGap,energyLafam,/,
    );
    expect(first).to.equal('plain,0,8,0.5,1,0.5,0.5,0,0,0.3333333333333333,0.5,,0.5,20,3.2');
    expect(rest).to.have.length(3);
  });
});
