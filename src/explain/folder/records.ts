import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../folders.js';
import type { ImageRecord } from '../../report/maps/index.js';

/** The records of an output folder, on disk: memory holds only where each of them is. */
export interface Records {
  get(image: string): ImageRecord | undefined;
  put(record: ImageRecord): void;
  close(): void;
}

/**
 * Opens `explain.jsonl` of an output folder: a line an image, the last one of an image counts. A half-written last
 * line (a kill while it was written) is cut away.
 *
 * @param fresh begins anew
 */
export function openRecords(folder: string, fresh: boolean): Records {
  const path = join(folder, 'explain.jsonl');
  makeFolder(folder);
  if (fresh) rmSync(path, { force: true });
  const { places, end } = scan(existsSync(path) ? readFileSync(path) : Buffer.alloc(0));
  const file = openSync(path, 'a+');
  ftruncateSync(file, end);
  let size = end;
  return {
    get(image) {
      const place = places.get(image);
      if (!place) return undefined;
      const bytes = Buffer.alloc(place.length);
      readSync(file, bytes, 0, place.length, place.start);
      return JSON.parse(bytes.toString('utf8')) as ImageRecord;
    },
    put(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      writeSync(file, line);
      places.set(record.image, { start: size, length: line.length - 1 });
      size += line.length;
    },
    close: () => closeSync(file),
  };
}

/** Where the lines are that are records, and where the last whole line ends. */
function scan(bytes: Buffer): { places: Map<string, { start: number; length: number }>; end: number } {
  const places = new Map<string, { start: number; length: number }>();
  let start = 0;
  for (let newline = bytes.indexOf(10); newline >= 0; newline = bytes.indexOf(10, start)) {
    const image = imageOf(bytes.toString('utf8', start, newline));
    if (image !== undefined) places.set(image, { start, length: newline - start });
    start = newline + 1;
  }
  return { places, end: start };
}

function imageOf(line: string): string | undefined {
  try {
    const { image } = JSON.parse(line) as Partial<ImageRecord>;
    return typeof image === 'string' ? image : undefined;
  } catch {
    return undefined;
  }
}
