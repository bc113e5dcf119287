import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Failure, InvalidInput, show } from '../errors.js';
import { writeFileAtomic } from '../files/write-atomic.js';
import { makeFolder } from '../files/folders.js';
import { hasFile } from '../files/read-file.js';
import type { Share } from '../data/index.js';
import { shardName, shardsIn } from '../files/shards.js';
import { ShareMeasured } from './share-measured.js';
import type { Protocol } from './types.js';

/** What was measured on one image. */
export interface ImageResult<Values> {
  image: string;
  /** By name of the method. */
  methods: Record<string, Values>;
}

/** Where the results of an evaluation are kept. */
export interface ResultsPlace {
  /** Made if missing; undefined keeps the results in memory alone. */
  folder?: string | undefined;
  protocol: Protocol;
  /** Names of the images in their order, of a share its own ones; default: in the order in which they were measured. */
  files?: readonly string[] | undefined;
  /** The part of this process, where several measure; each keeps a file of its own. */
  share?: Share | undefined;
}

/** The results of all images so far. */
export interface ImageResults<Values> {
  count(): number;
  has(image: string): boolean;
  /** Keeps those of a batch; on disk when this returns, so that a kill loses at most the batch in work. */
  addAll(results: readonly ImageResult<Values>[]): void;
  /**
   * Those of all images, in their order.
   *
   * @throws Failure where there is none; ShareMeasured in a share, which is no whole
   */
  whole(): Promise<readonly ImageResult<Values>[]>;
}

/**
 * Opens the file of results of an evaluation, images.jsonl: the protocol on the first line, one image a line behind
 * it. What an earlier start left is read, that of several processes too; a half-written last line is cut away.
 *
 * @throws InvalidInput where the file holds results of another protocol, Failure where it is damaged or no regular
 *   file
 */
export async function openResults<Values>({
  folder,
  protocol,
  files,
  share,
}: ResultsPlace): Promise<ImageResults<Values>> {
  const results = new Map<string, ImageResult<Values>>();
  const path =
    folder === undefined ? undefined : join(folder, share ? shardName('images', share) : 'images.jsonl');
  const own = files && new Set(files);
  const note = (result: ImageResult<Values>): void => {
    if (!own || own.has(result.image)) results.set(result.image, result);
  };
  const all = (): readonly ImageResult<Values>[] =>
    files ? files.flatMap((file) => results.get(file) ?? []) : [...results.values()];
  const writeAll = async (to: string): Promise<void> => writeFileAtomic(to, lines([{ protocol }, ...all()]));
  let shards: string[] = [];
  if (path !== undefined) {
    // What is not ours is only looked at: its process may be writing.
    for (const other of beside(path, share)) read<Values>(other, protocol).results.forEach(note);
    restore<Values>(path, protocol).forEach(note);
    if (!share) shards = shardsIn(dirname(path), 'images');
    // A kill in between leaves lines twice, and none is lost.
    if (shards.length > 0) await writeAll(path);
    shards.forEach((shard) => rmSync(shard, { force: true }));
  }
  return {
    count: () => results.size,
    has: (image) => results.has(image),
    addAll(more) {
      if (path !== undefined) appendFileSync(path, Buffer.concat([...lines(more)]), { flush: true });
      more.forEach(note);
    },
    async whole() {
      if (share) throw new ShareMeasured();
      if (results.size === 0) throw new Failure('there was no image to evaluate');
      // What several processes left undone stands behind what they did.
      if (path !== undefined && shards.length > 0) await writeAll(path);
      return all();
    },
  };
}

/** The files of the same evaluation that another process has written, or several. */
function beside(path: string, share: Share | undefined): string[] {
  const folder = dirname(path);
  const whole = join(folder, 'images.jsonl');
  const others = shardsIn(folder, 'images').filter((shard) => shard !== path);
  return share && hasFile(whole) ? [whole, ...others] : others;
}

/** One after the other: all of them may be longer than a string can be. */
function* lines(values: readonly object[]): Generator<Uint8Array> {
  for (const value of values) yield Buffer.from(`${JSON.stringify(value)}\n`);
}

function restore<Values>(path: string, protocol: Protocol): ImageResult<Values>[] {
  const { results, bytes } = read<Values>(path, protocol);
  if (bytes === 0) {
    makeFolder(dirname(path));
    writeFileSync(path, `${JSON.stringify({ protocol })}\n`, { flush: true });
  } else truncateSync(path, bytes);
  return results;
}

/** The whole lines of a file of results, and how many bytes they have; nothing where it is not there. */
function read<Values>(path: string, protocol: Protocol): { results: ImageResult<Values>[]; bytes: number } {
  const text = hasFile(path) ? readFileSync(path, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole === '') return { results: [], bytes: 0 };
  const [header, ...results] = whole
    .trimEnd()
    .split('\n')
    .map((line, index) => parse(path, line, index + 1));
  if (!isDeepStrictEqual(header, JSON.parse(JSON.stringify({ protocol })))) {
    throw new InvalidInput(
      `${path}: its results were measured in another way (${differing(header, protocol)}); name another folder, or remove this one`,
    );
  }
  return { results: results as ImageResult<Values>[], bytes: Buffer.byteLength(whole) };
}

/** The keys of two protocols that differ: 'methods: then ["lafam"], now ["lafam","rise"]'. */
function differing(header: unknown, protocol: Protocol): string {
  const before = ((header as { protocol?: Protocol } | null)?.protocol ?? {}) as Record<string, unknown>;
  const now = JSON.parse(JSON.stringify(protocol)) as Record<string, unknown>;
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((key) => !isDeepStrictEqual(before[key], now[key]))
    .map((key) => `${key}: then ${show(before[key])}, now ${show(now[key])}`)
    .join('; ');
}

function parse(path: string, line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Failure(
      `${path}: line ${number} is no JSON: ${line.slice(0, 80)}; remove the folder to start anew`,
    );
  }
}
