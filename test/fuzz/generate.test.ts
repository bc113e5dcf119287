import { expect } from 'chai';
import { generate } from '../../bench/fuzz/engine/generate.js';
import { check } from '../../bench/fuzz/engine/kinds.js';
import type { Program, Statement } from '../../bench/fuzz/engine/program.js';

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);

describe('random programs for the engine', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(generate(7)).to.deep.equal(generate(7));
    expect(new Set(SEEDS.map((seed) => JSON.stringify(generate(seed)))).size).to.equal(SEEDS.length);
  });

  it('are plain data', () => {
    for (const seed of SEEDS) {
      const program = generate(seed);
      expect(JSON.parse(JSON.stringify(program))).to.deep.equal(program);
    }
  });

  it('are well formed: nothing rounded reaches an operation that jumps, nothing is differentiated that cannot be', () => {
    for (const seed of SEEDS) check(generate(seed));
  });

  it('are refused where a rounded number reaches an operation that jumps', () => {
    const floor: Statement = { id: 's0', do: 'op', op: 'exact floor', inputs: ['p0'], choices: [] };
    const program: Program = {
      ...{
        captured: [],
        variables: [],
        made: [],
        tables: [],
        steps: [],
        readVariables: false,
        readLate: false,
      },
      functions: [{ params: ['float'], plain: 0, body: [floor], results: ['s0'] }],
    };
    expect(() => check(program)).to.throw('s0 takes a rounded value for an exact one');
    check({ ...program, functions: [{ ...program.functions[0]!, params: ['exact'] }] });
  });

  it('have every feature in some, and none of those that are left out', () => {
    const kinds = (without: string[]): Set<string> =>
      new Set(
        SEEDS.flatMap((seed) =>
          generate(seed, without).functions.flatMap(({ body }) => body.map((s) => s.do)),
        ),
      );
    expect([...kinds([])].sort()).to.deep.equal(
      ['assign', 'call', 'gradient', 'keep', 'make', 'minimize', 'momentum', 'op', 'plain', 'spread'], // prettier-ignore
    );
    const left = [...kinds(['keep', 'momentum'])];
    expect(left).not.to.include('keep');
    expect(left).not.to.include('momentum');
    expect(left).to.include('assign');
  });
});
