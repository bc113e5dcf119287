import { printable, printableJson } from './text/printable.js';

/** A mistake of the caller: one sentence for people, no stack trace on the command line. Exit code 2. */
export class InvalidInput extends Error {
  override name = 'InvalidInput';
}

/** Something outside the program failed (a file, a download, a device): one sentence for people. Exit code 1. */
export class Failure extends Error {
  override name = 'Failure';
}

/** A group has lost a rank: one sentence for people. Exit code 1. */
export class LostRank extends Failure {
  override name = 'LostRank';

  /** @param rank which one; of several the first. undefined where it is this one itself, or nobody knows */
  constructor(
    message: string,
    readonly rank?: number,
  ) {
    super(message);
  }
}

/** Words about what was found, in place of a value. */
class Phrase {
  constructor(readonly words: string) {}
}

/** What was found, in words: an error shows it without the quotes that a value has (found a file, found "a file"). */
export function phrase(words: string): Phrase {
  return new Phrase(words);
}

/** How a value, or a phrase in its place, is shown inside an error sentence: short, on one line. */
export function show(value: unknown): string {
  const text = written(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function written(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Phrase) return printable(value.words);
  // JSON has no NaN and no infinity: it calls them null.
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  return hasJson(value) ? printableJson(value) : typeof value;
}

/** JSON has no functions and no symbols, and fails for what contains itself. */
function hasJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

/**
 * The error for a value that is not what it should be.
 *
 * @param name key, flag, argument or file that holds the value
 * @param expected what would have been right
 * @param found the value that was found, or a `phrase`
 * @param fix what to do about it, where that is not obvious
 */
export function invalid(name: string, expected: string, found: unknown, fix?: string): InvalidInput {
  return new InvalidInput(
    `${printable(name)}: expected ${expected}, found ${show(found)}${fix ? `; ${fix}` : ''}`,
  );
}
