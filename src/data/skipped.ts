import { Failure } from '../errors.js';
import type { Listing } from './listing.js';

export interface SkippedFile {
  /** Relative to the folder that was read. */
  file: string;
  /** Follows the file's name: "is empty", "is a folder". */
  reason: string;
}

/** What to do about files that cannot be read. */
export interface ErrorPolicy {
  /** What a file that cannot be read does: `skip` (default) leaves it out and notes it, `stop` throws. */
  onError?: 'skip' | 'stop';
  /**
   * More unreadable files than this share of the whole listing throw even with `skip`, 0..1.
   * Default 0.05, but five files at least, so that a small folder bears a few.
   */
  maxErrorShare?: number;
}

/** The files that could not be read, each once. `add` throws Failure when there is to be no more patience. */
export interface SkippedFiles {
  add(file: string, reason: string): void;
  list(): SkippedFile[];
}

/** Starts an empty account of the unreadable files of a listing. */
export function skippedFiles(
  { dir, files }: Listing,
  { onError = 'skip', maxErrorShare }: ErrorPolicy,
): SkippedFiles {
  const reasons = new Map<string, string>();
  const limit = maxErrorShare === undefined ? Math.max(5, 0.05 * files.length) : maxErrorShare * files.length;
  const list = (): SkippedFile[] => [...reasons].map(([file, reason]) => ({ file, reason }));
  return {
    list,
    add(file, reason) {
      if (onError === 'stop')
        throw new Failure(`${dir}/${file} ${reason}; remove the file, or leave such files out with onError: skip`);
      reasons.set(file, reason);
      if (reasons.size > limit)
        throw new Failure(
          `${dir}: ${reasons.size} of ${files.length} images cannot be read, ` +
            `more than the ${Math.floor(limit)} that maxErrorShare allows: ${sentence(list())}`,
        );
    },
  };
}

/** The first few files with their reasons. */
export function sentence(skipped: SkippedFile[]): string {
  const shown = skipped.slice(0, 6).map(({ file, reason }) => `${file} ${reason}`);
  return shown.join('; ') + (skipped.length > 6 ? `; and ${skipped.length - 6} more` : '');
}
