import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import { needsNative } from '../backend.js';
import { child } from '../../bench/fuzz/engine/child.js';
import { generate } from '../../bench/fuzz/engine/generate.js';
import { type Children, judge } from '../../bench/fuzz/engine/judge.js';
import type { Program } from '../../bench/fuzz/engine/program.js';
import { keptPrograms } from '../../bench/fuzz/engine/programs.js';
import { describe as inWords } from '../../bench/fuzz/engine/search.js';

const KEPT = fileURLToPath(new URL('fuzz-programs', import.meta.url));
const FRESH = 20;

describe('random programs, compiled, eager and on tfjs-node alone', () => {
  let children: Children;
  before(needsNative);
  before(() => {
    children = { ours: child('ours', 8), stock: child('stock', 2) };
  });
  after(async () => {
    if (children) await Promise.all([children.ours.stop(), children.stock.stop()]);
  });

  const same = async (program: Program): Promise<void> => {
    const { findings, invalid } = await judge(program, children, ['compiled/eager', 'eager/stock']);
    expect(findings.map(inWords)).to.deep.equal([]);
    expect(invalid).to.equal(undefined);
  };

  for (const { name, program } of keptPrograms(KEPT)) {
    it(`kept: ${name}`, () => same(program));
  }
  for (let seed = 1; seed <= FRESH; seed++) {
    it(`seed ${seed}`, () => same(generate(seed)));
  }
});
