import { relative } from 'node:path';
import type { ComparisonReport } from '../index.js';
import { protocolRows } from './protocol.js';
import { comparisonTables, type Table } from './tables.js';
import { question, reading } from './words.js';

/**
 * The report of a comparison in Markdown: the words and tables of the page.
 *
 * @param folder of the comparison: pictures are named relative to it
 */
export function comparisonMarkdown(name: string, folder: string, report: ComparisonReport): string {
  const [accuracy, ...others] = comparisonTables(report) as [Table, ...Table[]];
  const parts = [
    `# ${name}`,
    ...question(report),
    '## The arms',
    table({
      head: ['arm', 'what it does', 'training images'],
      rows: Object.entries(report.arms).map(([arm, { summary, stagePicture }]) => [
        arm,
        summary,
        stagePicture ? `![](${relative(folder, stagePicture).replaceAll('\\', '/')})` : '',
      ]),
    }),
    ...section(accuracy),
    '### How to read the intervals',
    ...reading(report),
    ...others.flatMap(section),
    '## Protocol',
    table({ head: ['what', 'how'], rows: protocolRows(report.protocol) }),
  ];
  return `${parts.join('\n\n')}\n`;
}

function section({ title, note, ...rest }: Table): string[] {
  return [`## ${title}`, note, table(rest)];
}

function table({ head, rows }: Pick<Table, 'head' | 'rows'>): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
