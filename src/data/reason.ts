import { Failure } from '../errors.js';
import { systemReason } from '../files/folders.js';

/**
 * What sharp itself says of an image stands at the beginning of its messages; these are read. All else in them comes from
 * libvips, whose threads write into one list of messages: it may be about another image, so no sentence quotes it.
 */
const saidBySharp: [RegExp, string][] = [
  [/^Input (file|buffer) contains unsupported image format/, 'is not an image'],
  [/^Input (file|buffer) has corrupt header/, 'cannot be decoded: its header is damaged'],
  [/^Input image exceeds pixel limit/, 'cannot be decoded: it has more than 268 million pixels'],
];

/** Why a file could not be read, in a few words that follow the file's name: "is empty", "is a folder". */
export function reasonOf(error: unknown): string {
  const { code, errno, message = String(error) } = error as { code?: string; errno?: number; message?: string };
  if (code === 'ENOENT') return 'is missing';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read (no permission)';
  if (code === 'EISDIR') return 'is a folder';
  if (error instanceof Failure) return message;
  if (errno !== undefined) return `cannot be read: ${systemReason(error as NodeJS.ErrnoException)}`;
  // sharp's errors have no class of their own; those of JavaScript's are mistakes of ours.
  if (error instanceof TypeError || error instanceof RangeError) return `cannot be decoded: ${message}`;
  const [, reason] = saidBySharp.find(([beginning]) => beginning.test(message)) ?? [];
  return reason ?? 'cannot be decoded: it is damaged, or of a kind that is not read';
}
