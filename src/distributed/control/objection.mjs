import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Why rank 0 turns a process away; undefined where it may come in.
 *
 * @param {import('./messages.js').Hello} hello what it has said
 * @param {Pick<import('./messages.js').ThreadData, 'addresses' | 'secret' | 'version'>} group that rank 0 belongs to
 * @param {readonly unknown[]} members those who are there, by rank
 */
export function objection(hello, { addresses, secret, version }, members) {
  const size = addresses.length;
  if (!sameSecret(hello.secret, secret)) return 'its secret is another one';
  if (hello.version !== version)
    return `it runs camtune ${hello.version ?? 'of another version'}, rank 0 runs ${version}`;
  if (hello.size !== size) return `it belongs to a group of ${hello.size} ranks, this one has ${size}`;
  if (!Number.isInteger(hello.rank) || hello.rank < 1 || hello.rank >= size)
    return `there is no rank ${hello.rank}`;
  return members[hello.rank] ? `there is a rank ${hello.rank} already` : undefined;
}

/**
 * @param {unknown} given
 * @param {string} expected
 */
function sameSecret(given, expected) {
  /** @param {string} text */
  const hash = (text) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(String(given)), hash(expected));
}
