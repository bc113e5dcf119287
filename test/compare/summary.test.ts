import { expect } from 'chai';
import { alsoFigure, resultsCsv, shiftFigure, summarize } from '../../src/compare/index.js';
import { equalCostControl } from '../../src/compare/plan/equal-cost.js';
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

  it("gives Student's interval of the seeds' differences, corrected over the arms", () => {
    const top1 = [[1, 0, 0, 0], [1, 1, 1, 0], [1, 1, 0, 0]] as const; // prettier-ignore
    const runs = top1.flatMap((images, seed) => [
      resultOf('plain', seed, { top1: [1, 0, 0, 0], curve: [0] }),
      resultOf('cam', seed, { top1: [...images], curve: [0] }),
      resultOf('lafam', seed, { top1: [1, 0, 0, 0], curve: [0] }),
    ]);
    const { cam, lafam } = summarize(runs);
    // Differences 0, 0.5, 0.25: mean 0.25, deviation 0.25, t of two degrees 4.3027, t = √3.
    const { student, holm } = cam!.figures.top1.difference!;
    expect(student!.low).to.be.closeTo(0.25 - (4.302652729911275 * 0.25) / Math.sqrt(3), 1e-9);
    expect(student!.high).to.be.closeTo(0.25 + (4.302652729911275 * 0.25) / Math.sqrt(3), 1e-9);
    expect(student!.p).to.be.closeTo(1 - Math.sqrt(3) / Math.sqrt(5), 1e-9);
    expect(holm).to.be.closeTo(2 * student!.p, 1e-9);
    expect(lafam!.figures.top1.difference!.student).to.deep.equal({ low: 0, high: 0, p: 1 });
  });

  it('compares with another control, and with draws as units that have images of their own', () => {
    const { plain, cam } = summarize(
      [
        resultOf('plain', 1, { top1: [1, 0], curve: [0] }),
        resultOf('cam', 1, { top1: [1, 1], curve: [0] }),
        resultOf('plain', 2, { top1: [0, 0, 0, 0], curve: [0] }),
        resultOf('cam', 2, { top1: [1, 0, 0, 0], curve: [0] }),
      ],
      { control: 'cam', draws: true },
    );
    expect(cam!.figures.top1.difference).to.equal(null);
    // Draws count alike, although the second has twice the images.
    expect(plain!.figures.top1.difference!.mean).to.equal(-0.375);
    expect(plain!.figures.top1.difference!.bySeed).to.deep.equal([-0.5, -0.25]);
    expect(plain!.figures.top1.difference!.low).to.be.within(-1, -0.5);
  });

  it('further images: accuracy there, and how much it differs from that on the validation images', () => {
    const runs = [0, 1].flatMap((seed) => [
      { ...resultOf('plain', seed, { top1: [0, 0], curve: [0] }), also: { same: { files: ['a', 'b'], columns: { loss: [1, 1], top1: [1, seed] } } } },
      { ...resultOf('cam', seed, { top1: [1, 0], curve: [0] }), also: { same: { files: ['a', 'b'], columns: { loss: [1, 1], top1: [1, 0] } } } },
    ]); // prettier-ignore
    const { cam } = summarize(runs);
    expect(cam!.figures[alsoFigure('same')]!.difference!.bySeed).to.deep.equal([0, -0.5]);
    // There 0 and −0.5, here +0.5: a shift of −0.5 and −1.
    expect(cam!.figures[shiftFigure('same')]!.difference!.bySeed).to.deep.equal([-0.5, -1]);
    expect(resultsCsv(runs).split('\n')[0]).to.match(/also:same,shift:same$/);
  });

  it('equal cost: plain with the epochs that the dearest arm pays for, rounded up', () => {
    const of = (arm: string, secondsAnEpoch: number) =>
      resultOf(arm, 0, { top1: [1], curve: [0, 0], secondsAnEpoch });
    const runs = [of('plain', 10), of('lafam', 11), of('cam', 12.5), of('plain@9', 90)];
    expect(equalCostControl(runs, 10)).to.deep.equal({ control: 'plain@13', dearest: 'cam', ratio: 1.25 });
    expect(equalCostControl([of('plain', 10), of('lafam', 9)], 10)!.control).to.equal('plain');
    expect(equalCostControl(runs.slice(1), 10)).to.equal(undefined);
    expect(equalCostControl(runs.slice(0, 1), 10)).to.equal(undefined);
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
