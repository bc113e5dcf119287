import { createHash } from 'node:crypto';

/** A hash of texts or bytes, one after the other. */
export function hashOf(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(part);
    if (typeof part === 'string') hash.update('\0');
  }
  return hash.digest('hex');
}
