import { colorsOf, type Colors } from '../colors.js';
import { command } from '../command.js';
import { json } from '../options.js';
import { columns, print, printJson } from '../print.js';

interface Check {
  name: string;
  ok: boolean;
  found: string;
  fix?: string;
}

/** `camtune doctor`. */
export const doctorCommand = command<{ json?: boolean }>({
  usage: 'doctor',
  describe: 'say what is installed, on which device it runs, what is missing and how to get it',
  options: { json },
  async run(flags) {
    const { doctor } = await import('../../setup/index.js');
    const report = await doctor();
    if (flags.json) printJson(report);
    else checkLines(report.checks, colorsOf(process.stdout, process.env)).forEach(print);
    if (!report.ok) process.exitCode = 1;
  },
});

/** One line a check, and below it what would mend it. */
export function checkLines(checks: Check[], colors: Colors): string[] {
  const states = checks.map(({ ok }) => (ok ? 'ok' : 'missing'));
  const lines = columns(checks.map(({ name, found }, index) => [states[index]!, name, found]));
  return checks.flatMap(({ ok, fix }, index) => {
    const state = states[index]!;
    const line = (ok ? colors.green : colors.red)(state) + lines[index]!.slice(state.length);
    return ok || !fix ? [line] : [line, `         ${colors.bold('fix:')} ${fix}`];
  });
}
