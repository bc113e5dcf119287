import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Failure, InvalidInput, show } from '../errors.js';
import { makeFolder } from '../folders.js';
import type { Protocol } from './types.js';

/** What was measured on one image. */
export interface ImageResult<Values> {
  image: string;
  /** By name of the method. */
  methods: Record<string, Values>;
}

/** The results of all images so far. */
export interface ImageResults<Values> {
  /** In the order in which they were measured. */
  all(): readonly ImageResult<Values>[];
  has(image: string): boolean;
  /** Keeps those of a batch; on disk when this returns, so that a kill loses at most the batch in work. */
  addAll(results: readonly ImageResult<Values>[]): void;
}

/**
 * Opens the file of results of an evaluation, images.jsonl: the protocol on the first line, one image a line behind
 * it. What an earlier start left is read; a half-written last line is cut away.
 *
 * @param folder made if missing; undefined keeps the results in memory alone
 * @throws InvalidInput where the file holds results of another protocol, Failure where it is damaged
 */
export function openResults<Values>(folder: string | undefined, protocol: Protocol): ImageResults<Values> {
  const path = folder === undefined ? undefined : join(folder, 'images.jsonl');
  const results = path === undefined ? [] : restore<Values>(path, protocol);
  const done = new Set(results.map(({ image }) => image));
  return {
    all: () => results,
    has: (image) => done.has(image),
    addAll(more) {
      const lines = more.map((result) => `${JSON.stringify(result)}\n`).join('');
      if (path !== undefined) appendFileSync(path, lines, { flush: true });
      results.push(...more);
      more.forEach(({ image }) => done.add(image));
    },
  };
}

function restore<Values>(path: string, protocol: Protocol): ImageResult<Values>[] {
  const first = `${JSON.stringify({ protocol })}\n`;
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole === '') {
    makeFolder(dirname(path));
    writeFileSync(path, first, { flush: true });
    return [];
  }
  const [header, ...results] = whole
    .trimEnd()
    .split('\n')
    .map((line, index) => parse(path, line, index + 1));
  if (!isDeepStrictEqual(header, JSON.parse(first))) {
    throw new InvalidInput(
      `${path}: its results were measured in another way (${differing(header, protocol)}); name another folder, or remove this one`,
    );
  }
  truncateSync(path, Buffer.byteLength(whole));
  return results as ImageResult<Values>[];
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
