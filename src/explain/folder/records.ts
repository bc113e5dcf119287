import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Share } from '../../data/index.js';
import { writeFileAtomic } from '../../files/write-atomic.js';
import { makeFolder } from '../../files/folders.js';
import { hasFile } from '../../files/read-file.js';
import type { ImageRecord } from '../../report/maps/index.js';
import { shardName, shardsIn } from '../../files/shards.js';

/** The records of an output folder, on disk: memory holds only where each of them is. */
export interface Records {
  get(image: string): ImageRecord | undefined;
  put(record: ImageRecord): void;
  close(): void;
}

export interface RecordsOptions {
  /** Begins anew. */
  fresh: boolean;
  /** Paths of the images, the order of the lines where several processes have written them. */
  images?: readonly string[];
  /** The part of this process, where several explain: it writes a file of its own, and reads those of the others. */
  share?: Share;
}

/** Where a record is. */
interface Place {
  file: number;
  start: number;
  length: number;
}

/**
 * Opens `explain.jsonl` of an output folder: a line an image, the last one of an image counts. A half-written last
 * line (a kill while it was written) is cut away. What several processes have written is put into it first.
 *
 * @throws Failure for a pipe, a folder or a device of that name
 */
export async function openRecords(
  folder: string,
  { fresh, images = [], share }: RecordsOptions,
): Promise<Records> {
  makeFolder(folder);
  const whole = join(folder, 'explain.jsonl');
  const path = share ? join(folder, shardName('explain', share)) : whole;
  if (fresh) remove([path, ...(share ? [] : shardsIn(folder, 'explain'))]);
  if (!share) await joinShards(folder, whole, images);
  const places = new Map<string, Place>();
  const others: number[] = [];
  if (share && !fresh) {
    for (const other of [whole, ...lastWrittenLast(folder)]) {
      if (other === path || !hasFile(other)) continue;
      others.push(openSync(other, 'r'));
      scan(readFileSync(other), others.at(-1)!, places);
    }
  }
  const before = hasFile(path) ? readFileSync(path) : Buffer.alloc(0);
  const file = openSync(path, 'a+');
  let size = scan(before, file, places);
  ftruncateSync(file, size);
  return {
    get(image) {
      const place = places.get(image);
      return place && (JSON.parse(lineAt(place).toString('utf8')) as ImageRecord);
    },
    put(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      writeSync(file, line);
      places.set(record.image, { file, start: size, length: line.length - 1 });
      size += line.length;
    },
    close: () => [file, ...others].forEach((each) => closeSync(each)),
  };
}

/**
 * Removes the records of an output folder, those of several processes too; the files that they are about stay.
 *
 * @throws as openRecords
 */
export function forgetRecords(folder: string): void {
  remove([join(folder, 'explain.jsonl'), ...shardsIn(folder, 'explain')]);
}

function remove(paths: readonly string[]): void {
  paths.filter(hasFile).forEach((path) => rmSync(path));
}

/** The files that several processes have left. */
function lastWrittenLast(folder: string): string[] {
  return shardsIn(folder, 'explain').sort((one, other) => statSync(one).mtimeMs - statSync(other).mtimeMs);
}

/** Puts what several processes have written into one file, in the order of the images; other images stand before. */
async function joinShards(folder: string, whole: string, images: readonly string[]): Promise<void> {
  const shards = lastWrittenLast(folder);
  if (shards.length === 0) return;
  const places = new Map<string, Place>();
  const files = [whole, ...shards].filter(hasFile).map((path) => openSync(path, 'r'));
  try {
    files.forEach((file) => scan(readFileSync(file), file, places));
    const listed = new Set(images);
    const order = [...[...places.keys()].filter((image) => !listed.has(image)), ...listed];
    const kept = order.flatMap((image) => places.get(image) ?? []);
    await writeFileAtomic(whole, linesAt(kept));
  } finally {
    files.forEach((file) => closeSync(file));
  }
  shards.forEach((shard) => rmSync(shard));
}

function* linesAt(places: readonly Place[]): Generator<Uint8Array> {
  for (const place of places) yield Buffer.concat([lineAt(place), Buffer.from('\n')]);
}

function lineAt({ file, start, length }: Place): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, start);
  return bytes;
}

/**
 * Notes where the lines of a file are that are records.
 *
 * @returns where the last whole line ends
 */
function scan(bytes: Buffer, file: number, places: Map<string, Place>): number {
  let start = 0;
  for (let newline = bytes.indexOf(10); newline >= 0; newline = bytes.indexOf(10, start)) {
    const image = imageOf(bytes.toString('utf8', start, newline));
    if (image !== undefined) places.set(image, { file, start, length: newline - start });
    start = newline + 1;
  }
  return start;
}

function imageOf(line: string): string | undefined {
  try {
    const { image } = JSON.parse(line) as Partial<ImageRecord>;
    return typeof image === 'string' ? image : undefined;
  } catch {
    return undefined;
  }
}
