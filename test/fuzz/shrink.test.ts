import { expect } from 'chai';
import { generate } from '../../bench/fuzz/engine/generate.js';
import { check } from '../../bench/fuzz/engine/kinds.js';
import type { Program, Statement } from '../../bench/fuzz/engine/program.js';
import { shrink } from '../../bench/fuzz/engine/shrink.js';

const statements = (program: Program): Statement[] => program.functions.flatMap(({ body }) => body);

describe('shrinking a program', () => {
  it('keeps what shows the finding and little else', async () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const program = generate(seed);
      const wanted = statements(program).find((s) => s.do === 'op')!;
      const shows = (candidate: Program): Promise<boolean> =>
        Promise.resolve(
          statements(candidate).some((s) => s.do === 'op' && s.op === (wanted as { op: string }).op) &&
            candidate.steps.some(({ do: kind }) => kind === 'call'),
        );
      const small = await shrink(program, shows, 5000);
      check(small);
      expect(await shows(small)).to.equal(true);
      expect(small.steps, `steps of seed ${seed}`).to.have.length(1);
      expect(statements(small).length, `statements of seed ${seed}`).to.be.at.most(3);
    }
  });

  it('makes shapes small', async () => {
    const program = generate(1);
    const small = await shrink(program, () => Promise.resolve(true), 5000);
    const shapes = [...small.captured, ...small.variables].map(({ shape }) => shape);
    shapes.forEach((shape) => expect(shape).to.deep.equal([]));
    expect(statements(small)).to.have.length(0);
  });

  it('leaves a program alone that only shows as it is, and asks no more often than it may', async () => {
    const program = generate(3);
    let asked = 0;
    const never = (): Promise<boolean> => Promise.resolve(asked++ < 0);
    expect(await shrink(program, never, 50)).to.equal(program);
    expect(asked).to.equal(50);
  });
});
