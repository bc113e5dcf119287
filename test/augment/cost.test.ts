import { expect } from 'chai';
import {
  arms,
  stageDescription,
  probeStageOptions,
  methodAt,
  passesOf,
  queriesOf,
  stageOptions,
  type StageOptions,
} from '../../src/augment/index.js';

const options = (given: Partial<StageOptions> = {}): StageOptions => stageOptions(given);

describe('what the stage costs', () => {
  it('auto replaces the queries of Group-CAM, and nothing else', () => {
    expect(methodAt('auto', 'group-cam')).to.equal('lafam');
    expect(methodAt('exact', 'group-cam')).to.equal('group-cam');
    for (const method of [
      'lafam',
      'eigen-cam',
      'cam',
      'recipro-cam',
      'random',
      'center',
      'none',
      'boxes',
    ] as const)
      expect(methodAt('auto', method)).to.equal(method);
  });

  it('counts queries, and forward passes at full size', () => {
    expect(queriesOf(options())).to.equal(16);
    expect(passesOf(options())).to.equal(18);
    expect(passesOf(options({ groups: 4, scoringScale: 0.5 }))).to.equal(1 + 5 / 4);
    expect(passesOf(options({ method: 'lafam' }))).to.equal(1);
    expect(passesOf(options({ method: 'cam', scoringScale: 0.5 }))).to.equal(0.25);
    expect(passesOf(options({ method: 'center' }))).to.equal(0);
    expect(queriesOf(options({ blend: 'saliency-mix' }))).to.equal(16);
  });

  it('is nothing where the blend looks at no map', () => {
    expect(queriesOf(options({ blend: 'cut-mix' }))).to.equal(0);
    expect(passesOf(options({ blend: 'cut-mix' }))).to.equal(0);
    expect(stageDescription(options({ blend: 'cut-mix' }))).to.equal(
      'a random part shows another image, labels mixed',
    );
  });

  it('says in words what an arm does', () => {
    expect(stageDescription(options())).to.equal('gradient-free Group-CAM; outside blurred');
    const said = Object.values(arms).flatMap(({ stage: { method, blend } }) =>
      method && blend ? [stageDescription({ method, blend })] : [],
    );
    // All different, but for those that differ in the objective, or in how many boxes there are.
    expect(new Set(said).size).to.equal(22);
    expect(said).to.have.length(25);
  });

  it('looks with the network’s own map, and blurs, whatever the training does', () => {
    expect(probeStageOptions(options({ method: 'cam', blend: 'soft' }))).to.deep.equal(
      options({ method: 'cam' }),
    );
    for (const method of ['random', 'center', 'none', 'boxes'] as const)
      expect(probeStageOptions(options({ method }))).to.deep.equal(options({ method: 'lafam' }));
    expect(probeStageOptions(options())).to.deep.equal(options());
  });
});
