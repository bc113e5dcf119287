import { printableJson, printableLines } from '../text/printable.js';

/** Writes one JSON document to stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${printableJson(value, 2)}\n`);
}

/** Writes a line of the result to stdout. */
export function print(line: string): void {
  process.stdout.write(`${printableLines(line)}\n`);
}

/** Writes a line about what is going on to stderr. */
export function tell(line: string): void {
  process.stderr.write(`${printableLines(line)}\n`);
}

/** Rows of cells as lines of columns; the last column is not padded. */
export function columns(rows: string[][]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows.map((row) =>
    row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(widths[column]!) : cell)).join('  '),
  );
}

/** Lines that a terminal does not wrap: what is too long ends with an ellipsis. A file or a pipe gets all. */
export function fitted(
  lines: readonly string[],
  { isTTY, columns: width }: { isTTY?: boolean; columns?: number },
): string[] {
  if (!isTTY || !width) return [...lines];
  return lines.map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
}
