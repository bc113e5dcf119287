import type { Command } from 'commander';
import { colorsOf, type Colors } from '../colors.js';
import { jsonOption } from '../options.js';
import { columns, print, printJson } from '../print.js';

interface Check {
  name: string;
  ok: boolean;
  found: string;
  fix?: string;
}

/** Registers `camtune doctor`. */
export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('say what is installed, on which device it runs, what is missing and how to get it')
    .addOption(jsonOption())
    .action(async ({ json }: { json?: boolean }) => {
      const { doctor } = await import('../../setup/index.js');
      const report = await doctor();
      if (json) printJson(report);
      else checkLines(report.checks, colorsOf(process.stdout, process.env)).forEach(print);
      if (!report.ok) process.exitCode = 1;
    });
}

/** One line a check, and below it what would mend it. */
export function checkLines(checks: Check[], colors: Colors): string[] {
  const lines = columns(checks.map(({ name, ok, found }) => [ok ? 'ok' : 'missing', name, found]));
  return checks.flatMap(({ ok, fix }, index) => {
    const line = (ok ? colors.green : colors.red)(lines[index]!.slice(0, 7)) + lines[index]!.slice(7);
    return ok || !fix ? [line] : [line, `         ${colors.bold('fix:')} ${fix}`];
  });
}
