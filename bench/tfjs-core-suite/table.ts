import type { Result } from './result.js';

/** Counts, then every test that fails on our side, by group and reason; those that stock tfjs-node fails too are marked. */
export function printed(sides: Record<string, Result[] | string>): string {
  const lines = ['| | passed | failed | pending |', '|---|---|---|---|'];
  for (const [side, results] of Object.entries(sides)) {
    if (typeof results === 'string') lines.push(`| ${side} | ${results} | | |`);
    else {
      const count = (status: string): number => results.filter((result) => result.status === status).length;
      lines.push(`| ${side} | ${count('passed')} | ${count('failed')} | ${count('pending')} |`);
    }
  }
  const failed = (side: string): Map<string, string> => {
    const results = sides[side];
    if (results === undefined || typeof results === 'string') return new Map();
    return new Map(
      results.filter(({ status }) => status === 'failed').map(({ name, messages }) => [name, messages[0] ?? '']),
    );
  };
  const stock = failed('stock');
  for (const side of ['stock', 'eager', 'compiled']) {
    const own = [...failed(side)].filter(([name]) => side === 'stock' || !stock.has(name));
    lines.push('', side === 'stock' ? 'Failed by tfjs-node alone:' : `Failed ${side} and not by tfjs-node alone: ${own.length}`);
    for (const [reason, names] of byReason(own)) {
      lines.push(`- ${reason} (${names.length})`, ...names.map((name) => `  - ${name}`));
    }
    const mended = side === 'stock' ? [] : [...stock.keys()].filter((name) => !failed(side).has(name));
    if (mended.length > 0) lines.push(`Passed ${side} where tfjs-node alone fails: ${mended.length}`, ...mended.map((name) => `  - ${name}`));
  }
  return lines.join('\n');
} // prettier-ignore

/** Names by their message without numbers. */
function byReason(failed: [string, string][]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const [name, message] of failed) {
    const reason = message
      .split('\n')[0]!
      .replace(/\d+(\.\d+)?(e-?\d+)?/g, 'N')
      .slice(0, 160);
    groups.set(reason, [...(groups.get(reason) ?? []), name]);
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}
