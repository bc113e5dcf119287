import { createHash } from 'node:crypto';

/** What file systems take as a name, bytes. */
const longest = 255;

/**
 * A name that leaves room for what is put behind it (an extension, a temporary one). A name that is too long is cut
 * between two characters, and a hash of the whole keeps it apart from others that begin alike.
 *
 * @param room bytes that are put behind it; names are counted in bytes too, of which a Chinese character takes three
 */
export function fitName(name: string, room: number): string {
  const most = longest - room;
  if (Buffer.byteLength(name) <= most) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  let bytes = most - hash.length - 1;
  let kept = '';
  for (const character of name) {
    bytes -= Buffer.byteLength(character);
    if (bytes < 0) break;
    kept += character;
  }
  return `${kept}-${hash}`;
}
