import type { Finding, Uncovered } from './finding.js';

/** One line of the table: a quantity over all its cases. */
export interface Row {
  what: string;
  cases: number;
  /** Where a difference comes nearest to its limit, or passes it the furthest. */
  difference: number;
  limit: number;
  where: string;
  passed: boolean;
}

/** Findings by what they are about, in the order of their first. */
export function rows(findings: readonly Finding[]): Row[] {
  const found = new Map<string, Row>();
  for (const { what, where, difference, limit } of findings) {
    const passed = difference <= limit;
    const known = found.get(what);
    const worse = !known || severity(difference, limit) > severity(known.difference, known.limit);
    found.set(what, {
      ...(known && !worse ? known : { what, difference, limit, where }),
      cases: (known?.cases ?? 0) + 1,
      passed: passed && (known?.passed ?? true),
    });
  }
  return [...found.values()];
}

function severity(difference: number, limit: number): number {
  return limit === 0 ? difference * Number.MAX_VALUE : difference / limit;
}

/** The table as text, and what nothing covered. */
export function printed(all: readonly Row[], uncovered: readonly Uncovered[]): string {
  const header = ['method or metric', 'cases', 'largest difference', 'limit', 'verdict'];
  const lines = all.map(({ what, cases, difference, limit, passed, where }) => [
    what,
    String(cases),
    difference === 0 ? '0' : difference.toExponential(1),
    limit === 0 ? '0' : limit.toExponential(0),
    passed ? 'pass' : `FAIL at ${where}`,
  ]);
  const wide = header.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => line[column]!.length)),
  );
  const text = (line: string[]) =>
    line
      .map((cell, column) => {
        const width = column === wide.length - 1 ? 0 : wide[column]!;
        return column === 0 || column === 4 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ');
  const missing = [...new Map(uncovered.map((entry) => [entry.uncovered, entry])).values()];
  return [
    text(header),
    ...lines.map(text),
    ...missing.map((entry) => `${entry.uncovered}: NOT COVERED, ${entry.reason}`),
    '',
    `${all.filter(({ passed }) => passed).length} of ${all.length} pass, ${missing.length} not covered`,
  ].join('\n');
}
