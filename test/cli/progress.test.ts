import { expect } from 'chai';
import { clockTime, formatNumber, rateOver } from '../../src/text/format.js';
import { progress } from '../../src/cli/progress.js';

/** A stream that keeps what was written, and a clock that stands still until it is told. */
function screen(terminal: boolean, environment: Record<string, string> = {}) {
  const state = { time: 0, writes: [] as string[] };
  return {
    state,
    screen: {
      stream: { isTTY: terminal, columns: 100, write: (text: string) => state.writes.push(text) },
      environment,
      now: () => state.time,
    },
  };
}

const task = { label: 'epoch 1/5', total: 300, unit: 'images' };
const escape = '\u001b';

describe('progress', () => {
  describe('in a log', () => {
    it('writes a plain line every ten seconds, with pace, figures and time left', () => {
      const { state, screen: log } = screen(false);
      const shown = progress(task, log);
      for (let second = 1; second <= 20; second++) {
        state.time = second * 1000;
        shown.update(second * 8, { loss: 1.2345 });
      }
      expect(state.writes).to.deep.equal([
        'epoch 1/5  80/300 images  8 images/s  loss 1.234  28 s left\n',
        'epoch 1/5  160/300 images  8 images/s  loss 1.234  18 s left\n',
      ]);
    });

    it('writes about ten lines of a long task', () => {
      const { state, screen: log } = screen(false);
      const shown = progress({ ...task, total: 1000 }, log);
      for (let count = 1; count <= 1000; count++) {
        state.time = count * 1000;
        shown.update(count);
      }
      expect(state.writes).to.have.length.within(9, 11);
    });

    it('has no escape sequence, and finish tells how long it took, once', () => {
      const { state, screen: log } = screen(false);
      const shown = progress(task, log);
      state.time = 30_000;
      shown.update(300);
      state.writes.length = 0;
      state.time = 65_000;
      shown.finish();
      shown.finish();
      shown.update(300);
      expect(state.writes).to.deep.equal(['epoch 1/5  300/300 images  10 images/s  in 1 min 05 s\n']);
    });

    it('has the last state once', () => {
      const { state, screen: log } = screen(false);
      const shown = progress(task, log);
      state.time = 30_000;
      shown.update(300);
      shown.finish();
      expect(state.writes).to.have.length(1);
      const stopped = progress(task, log);
      state.time = 50_000;
      stopped.update(100);
      stopped.finish();
      expect(state.writes).to.have.length(2);
    });

    it('passes other lines through', () => {
      const { state, screen: log } = screen(false);
      progress(task, log).log('saved');
      expect(state.writes).to.deep.equal(['saved\n']);
    });
  });

  describe('on a terminal', () => {
    it('redraws a bar in place, at most ten times a second', () => {
      const { state, screen: terminal } = screen(true, { NO_COLOR: '1' });
      const shown = progress(task, terminal);
      for (let ms = 1; ms <= 1000; ms++) {
        state.time = ms;
        shown.update(Math.floor(ms * 0.15));
      }
      expect(state.writes).to.have.length.within(9, 11);
      expect(state.writes.at(-1)).to.match(
        /^\r\u001b\[2Kepoch 1\/5 {2}━{11}─{13} {2}13\d\/300 images {2}1[45]\d images\/s {2}1 s left$/,
      );
      expect(state.writes.join('')).to.not.contain('\n');
    });

    it('never is wider than the terminal', () => {
      const { state, screen: terminal } = screen(true, { NO_COLOR: '1' });
      terminal.stream.columns = 60;
      progress(task, terminal).update(100, { loss: 1, something: 'long '.repeat(20) });
      expect(state.writes[0]!.replace(`\r${escape}[2K`, '').length).to.be.at.most(60);
    });

    it('keeps the bar below the lines that stay', () => {
      const { state, screen: terminal } = screen(true, { NO_COLOR: '1' });
      const shown = progress(task, terminal);
      shown.update(100);
      shown.log('saved');
      expect(state.writes[1]).to.equal(`\r${escape}[2Ksaved\n`);
      expect(state.writes[2]).to.contain('100/300 images');
      shown.finish();
      expect(state.writes.at(-1)).to.match(/\n$/);
    });

    it('has colors only without NO_COLOR', () => {
      const draw = (environment: Record<string, string>): string => {
        const { state, screen: terminal } = screen(true, environment);
        progress(task, terminal).update(150);
        return state.writes.join('').replaceAll(`${escape}[2K`, '');
      };
      expect(draw({})).to.contain(`${escape}[32m`);
      expect(draw({ NO_COLOR: '1' })).to.not.contain(escape);
    });

    it('is a log where the terminal is dumb', () => {
      const { state, screen: terminal } = screen(true, { TERM: 'dumb' });
      progress(task, terminal).update(150);
      expect(state.writes).to.deep.equal([]);
    });
  });

  it('has no NaN where nothing is to do or nothing is known', () => {
    const { state, screen: log } = screen(false);
    progress({ ...task, total: 0 }, log).finish();
    expect(state.writes).to.deep.equal(['epoch 1/5  0/0 images  in 0 s\n']);
  });
});

describe('pace', () => {
  it('is units a second from the first to the last sample, 0 where it is unknown', () => {
    expect(
      rateOver([
        { time: 1000, done: 10 },
        { time: 3000, done: 30 },
      ]),
    ).to.equal(10);
    expect(rateOver([{ time: 1000, done: 10 }])).to.equal(0);
    expect(
      rateOver([
        { time: 1000, done: 10 },
        { time: 1000, done: 30 },
      ]),
    ).to.equal(0);
  });

  it('forgets a slow beginning', () => {
    const { state, screen: log } = screen(false);
    const shown = progress(task, log);
    for (const [time, done] of [
      [100_000, 1],
      [110_000, 11],
      [120_000, 21],
      [130_000, 31],
      [141_000, 42],
    ] as const) {
      state.time = time;
      shown.update(done);
    }
    expect(state.writes.at(-1)).to.contain(' 1 images/s ');
  });

  it('is read as seconds, minutes or hours', () => {
    expect([0, 59.4, 59.6, 125, 3600, 11_059].map(clockTime)).to.deep.equal([
      '0 s',
      '59 s',
      '1 min 00 s',
      '2 min 05 s',
      '1 h 00 min',
      '3 h 04 min',
    ]);
  });

  it('has three digits', () => {
    expect([7, 0.5, 12.34, 1234.5, 0.0001, NaN].map(formatNumber)).to.deep.equal([
      '7',
      '0.500',
      '12.3',
      '1235',
      '1.0e-4',
      'NaN',
    ]);
  });
});
