import { unzipSync, type Unzipped, type UnzipFileInfo } from 'fflate';
import { Failure } from '../../errors.js';

const mostEntries = 100_000;
/** Formats of weights pack nothing; whoever did so later got little out of trained weights. */
const unpackedSlack = 16 * 2 ** 20;

/**
 * What of a zip file is wanted, by name; the sizes are checked before anything is unpacked, and nothing is written.
 *
 * @param file the name for messages
 * @param wanted whether an entry is read
 * @param check throws for an entry that is wrong in its own way
 * @throws Failure where the file is broken, names an entry twice or unpacks to far more than its size
 */
export function unzip(
  bytes: Uint8Array,
  file: string,
  wanted: (name: string) => boolean,
  check: (entry: UnzipFileInfo) => string | undefined = () => undefined,
): Unzipped {
  const broken = (what: string) => new Failure(`${file}: a broken zip file (${what})`);
  const sum = { entries: 0, packed: 0, unpacked: 0 };
  const names = new Set<string>();
  const filter = (entry: UnzipFileInfo): boolean => {
    const { name, size, originalSize, compression } = entry;
    sum.entries++;
    sum.packed += size;
    sum.unpacked += originalSize;
    if (sum.entries > mostEntries) throw broken(`more than ${mostEntries} entries`);
    if (names.has(name)) throw broken(`two entries are called '${name}'`);
    names.add(name);
    if (!(sum.packed <= bytes.length)) throw broken('its entries overlap or lie outside it');
    if (compression === 0 && originalSize !== size) throw broken(`'${name}' has another size than it says`);
    if (!(sum.unpacked <= unpackedSlack + 4 * bytes.length))
      throw broken('it unpacks to far more than its size');
    const wrong = check(entry);
    if (wrong) throw broken(wrong);
    return wanted(name);
  };
  try {
    return unzipSync(bytes, { filter });
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw broken('code' in (error as object) ? (error as Error).message : 'its entries are malformed');
  }
}
