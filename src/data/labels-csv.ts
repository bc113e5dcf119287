import { stat } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { invalid, phrase } from '../errors.js';
import { firstFew } from '../text/format.js';
import { readRegularFile, utf8 } from '../files/read-file.js';
import { imageExtensions } from './image-tree.js';

/** One image of a table of labels. */
export interface LabeledFile {
  /** Relative to the folder of the table, with forward slashes. */
  file: string;
  label: string;
  /** Line of the table that it begins on, from 1. */
  line: number;
}

/** What a table of labels holds. */
export interface LabelTable {
  /** In the order of the table. */
  images: LabeledFile[];
  /** How many files of which kind are no images, and were left out. */
  ignored: Map<string, number>;
}

const HEADER = 'a header with one column path and one column label, with commas between';
const FILES_AT_ONCE = 64;
/** A text cannot be longer. */
const MOST_BYTES = 2 ** 29;

/** Whether a path is that of a table of labels: a file whose name ends in .csv. */
export async function isLabelTable(path: string): Promise<boolean> {
  if (extname(path).toLowerCase() !== '.csv') return false;
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

/**
 * Reads a table of labels: CSV (RFC 4180: quoted fields, any line end) in UTF-8 with a header; the columns `path` and
 * `label` are found by name, others are passed over. Paths are relative to the folder of the table, or absolute.
 *
 * Throws Failure where it cannot be read, InvalidInput (with the line) where it is no such table, a row lacks a path or
 * a label, a file stands there twice or is missing.
 */
export async function readLabelTable(path: string): Promise<LabelTable> {
  const rows = parseRows(path, await text(path));
  const [header, ...body] = rows;
  const columns = header?.record.map((name) => name.trim()) ?? [];
  const at = (name: string): number => {
    const found = columns.indexOf(name);
    if (found < 0 || columns.includes(name, found + 1))
      throw invalid(`${path}, line ${header?.line ?? 1}`, HEADER, columns.join(','));
    return found;
  };
  const [pathColumn, labelColumn] = [at('path'), at('label')];

  const table: LabelTable = { images: [], ignored: new Map() };
  const lines = new Map<string, number>();
  for (const { record, line } of body) {
    const [given, label] = [record[pathColumn]!.trim(), record[labelColumn]!.trim()];
    const where = `${path}, line ${line}`;
    if (given === '') throw invalid(where, 'the path of an image', given);
    if (label === '') throw invalid(where, `the label of ${given}`, label);
    const file = fromFolder(dirname(path), given);
    const before = lines.get(file);
    if (before !== undefined) throw invalid(where, 'each image once', given, `it stands on line ${before} too`);
    lines.set(file, line);
    const kind = extname(given).toLowerCase();
    if (imageExtensions.has(kind)) table.images.push({ file, label, line });
    else table.ignored.set(kind || 'no extension', (table.ignored.get(kind || 'no extension') ?? 0) + 1);
  }
  await checkFiles(path, table.images);
  return table;
}

async function text(path: string): Promise<string> {
  const entry = await stat(path).catch(() => undefined);
  if (!entry?.isFile()) throw invalid(path, 'a table of labels (.csv)', phrase(entry ? 'no file' : 'nothing there'));
  return utf8(await readRegularFile(path, MOST_BYTES), path);
}

function parseRows(path: string, content: string): { record: string[]; line: number }[] {
  try {
    const rows = parse(content, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    }) as unknown as { record: string[]; info: { lines: number } }[];
    // The parser says on which line a row ends.
    return rows.map(({ record, info }) => ({ record, line: info.lines - lineEnds(record) }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as CsvError & { lines?: number };
    throw invalid(`${path}, line ${lines ?? 1}`, 'a row of a CSV file', phrase(`something else: ${error.message}`));
  }
}

function lineEnds(record: readonly string[]): number {
  return record.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
}

function fromFolder(folder: string, given: string): string {
  const found = isAbsolute(given) ? relative(resolve(folder), given) : normalize(given);
  return sep === '/' ? found : found.replaceAll(sep, '/');
}

/** A table with wrong paths is told at once, and not as so many images that cannot be read. */
async function checkFiles(path: string, images: readonly LabeledFile[]): Promise<void> {
  const missing: LabeledFile[] = [];
  for (let start = 0; start < images.length; start += FILES_AT_ONCE) {
    const some = images.slice(start, start + FILES_AT_ONCE);
    const there = await Promise.all(some.map(({ file }) => exists(join(dirname(path), file))));
    missing.push(...some.filter((_, index) => !there[index]));
  }
  const [first] = missing;
  if (!first) return;
  const lines = firstFew(missing.map(({ line }) => String(line)));
  throw invalid(
    `${path}, line ${first.line}`,
    `an image at ${join(dirname(path), first.file)}`,
    phrase(missing.length === 1 ? 'no file' : `no file, as for ${missing.length} rows in all (lines ${lines})`),
    'paths are relative to the folder of the table',
  );
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
