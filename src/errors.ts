import { printable, printableJson } from './printable.js';

/** A mistake of the caller: one sentence for people, no stack trace on the command line. Exit code 2. */
export class InvalidInput extends Error {
  override name = 'InvalidInput';
}

/** Something outside the program failed (a file, a download, a device): one sentence for people. Exit code 1. */
export class Failure extends Error {
  override name = 'Failure';
}

/** How a value is shown inside an error sentence: short, on one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = hasJson(value) ? printableJson(value) : typeof value === 'bigint' ? `${value}n` : typeof value;
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
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
 * @param found the value that was found
 * @param fix what to do about it, where that is not obvious
 */
export function invalid(name: string, expected: string, found: unknown, fix?: string): InvalidInput {
  return new InvalidInput(
    `${printable(name)}: expected ${expected}, found ${show(found)}${fix ? `; ${fix}` : ''}`,
  );
}
