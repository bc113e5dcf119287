import { colorsOf, isTerminal } from './colors.js';
import { clockTime, formatNumber, rateOver, type Sample } from '../text/format.js';
import { printable, printableLines } from '../text/printable.js';

/** A piece of work whose end is known. */
export interface Task {
  label: string;
  total: number;
  /** What is counted: 'images'. */
  unit: string;
}

export interface Progress {
  /** @param done how many of the total; @param info further figures, shown in this order: { loss: 1.23 } */
  update(done: number, info?: Record<string, number | string>): void;
  /** A line that stays. */
  log(line: string): void;
  /** The task is over; its last state stays as a line. */
  finish(): void;
}

interface Screen {
  stream: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  environment: Record<string, string | undefined>;
  /** Milliseconds. */
  now: () => number;
}

const redrawMs = 100;
const leastLineMs = 10_000;
const windowMs = 30_000;
const clearLine = '\r\u001b[2K';

/**
 * Shows how far a task is: on a terminal a bar, redrawn at most ten times a second; in a log a plain line every ten
 * seconds, or every tenth of the task where that is longer.
 */
export function progress(task: Task, screen: Screen = stderr()): Progress {
  const { stream, now } = screen;
  const live = isTerminal(stream, screen.environment);
  const colors = colorsOf(stream, screen.environment);
  const started = now();
  let samples: Sample[] = [{ time: started, done: 0 }];
  let shown = live ? -Infinity : started;
  let drawn = false;
  let finished = false;
  let written = '';
  let info: Record<string, number | string> = {};

  const write = (text: string): void => {
    written = text;
    stream.write(`${text}\n`);
  };
  const done = (): number => samples.at(-1)!.done;
  const state = (): string[] => {
    const rate = rateOver(samples);
    const left = rate > 0 ? `${clockTime((task.total - done()) / rate)} left` : '';
    return [
      `${done()}/${task.total} ${task.unit}`,
      rate > 0 ? `${formatNumber(rate)} ${task.unit}/s` : '',
      ...Object.entries(info).map(
        ([key, value]) => `${key} ${typeof value === 'number' ? formatNumber(value) : value}`,
      ),
      done() < task.total ? left : `in ${clockTime((now() - started) / 1000)}`,
    ].filter(Boolean);
  };
  const line = (): string => printable([task.label, ...state()].join('  '));
  const draw = (): void => {
    const width = 24;
    const filled = Math.round(width * Math.min(1, task.total > 0 ? done() / task.total : 1));
    const rest = printable(state().join('  ')).slice(
      0,
      Math.max(0, (stream.columns ?? 80) - task.label.length - width - 5),
    );
    const bar = colors.green('━'.repeat(filled)) + colors.dim('─'.repeat(width - filled));
    stream.write(`${clearLine}${task.label}  ${bar}  ${rest}`);
    drawn = true;
  };
  const due = (): number => {
    if (live) return redrawMs;
    const rate = rateOver(samples);
    return Math.max(leastLineMs, rate > 0 ? (task.total / rate) * 100 : 0);
  };

  return {
    update(count, figures = {}) {
      if (finished) return;
      const time = now();
      info = figures;
      // The pace of the last half minute: what began slowly (loading, tracing) does not distort the time left.
      samples = [...recent(samples, time), { time, done: count }];
      // In a log the last line is that of finish().
      if (time - shown < due() || (!live && count >= task.total)) return;
      shown = time;
      if (live) draw();
      else write(line());
    },
    log(text) {
      stream.write(`${drawn ? clearLine : ''}${printableLines(text)}\n`);
      if (drawn && !finished) draw();
    },
    finish() {
      if (finished) return;
      finished = true;
      if (live) stream.write(`${drawn ? clearLine : ''}${line()}\n`);
      else if (line() !== written) write(line());
      drawn = false;
    },
  };
}

/** The samples of the last half minute and the one before them, thinned so that they stay few. */
function recent(samples: Sample[], time: number): Sample[] {
  const begin = samples.findLastIndex((sample) => time - sample.time >= windowMs);
  const kept = samples.slice(Math.max(0, begin));
  return kept.length < 256 ? kept : kept.filter((_, index) => index % 2 === 0);
}

function stderr(): Screen {
  return { stream: process.stderr, environment: process.env, now: () => performance.now() };
}
