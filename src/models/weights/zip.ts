import { createReadStream, createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { inflateRawSync } from 'node:zlib';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { Failure } from '../../errors.js';
import { regularFileSize } from '../../files/read-file.js';
import { readPart } from './file-part.js';

const mostEntries = 100_000;
/** Formats of weights pack nothing; whoever did so later got little out of trained weights. */
const unpackedSlack = 16 * 2 ** 20;

const STORED = 0;
const DEFLATED = 8;

/** One file inside a zip file; it is read when it is asked for. */
export interface ZipEntry {
  /** Of what it unpacks to, bytes. */
  size: number;
  /** Its bytes from one place to another. */
  read(from?: number, to?: number): Uint8Array;
  /** Writes it into a file, in pieces where it is not packed. */
  extract(file: string): Promise<void>;
}

/**
 * What of a zip file is wanted, by name; all sizes are checked before anything is unpacked.
 *
 * @param wanted whether an entry is
 * @param check what is wrong with an entry in its own way
 * @throws Failure where the file is broken, names an entry twice or unpacks to far more than its size
 */
export async function openZip(
  path: string,
  wanted: (name: string) => boolean,
  check: (entry: Entry) => string | undefined = () => undefined,
): Promise<Map<string, ZipEntry>> {
  const length = await regularFileSize(path, Infinity);
  const broken = (what: string) => new Failure(`${path}: a broken zip file (${what})`);
  const malformed = (error: unknown): never => {
    throw error instanceof Failure ? error : broken(inWords(error as Error));
  };
  const zip = await openPromise(path, { autoClose: false, validateEntrySizes: false }).catch(malformed);
  try {
    const entries = await listed(zip, length, check, broken);
    const found = new Map<string, ZipEntry>();
    for (const entry of entries.filter(({ fileName }) => wanted(fileName))) {
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      found.set(entry.fileName, entryAt(path, fileDataStart, entry, broken));
    }
    return found;
  } catch (error) {
    return malformed(error);
  } finally {
    zip.close();
  }
}

/** What the file lists, once it has been found sound. */
async function listed(
  zip: ZipFile,
  length: number,
  check: (entry: Entry) => string | undefined,
  broken: (what: string) => Failure,
): Promise<Entry[]> {
  if (zip.entryCount > mostEntries) throw broken(`more than ${mostEntries} entries`);
  const entries: Entry[] = [];
  const names = new Set<string>();
  const sum = { packed: 0, unpacked: 0 };
  for await (const entry of zip.eachEntry()) {
    const { fileName: name, compressedSize, uncompressedSize, compressionMethod } = entry;
    if (names.has(name)) throw broken(`two entries are called '${name}'`);
    names.add(name);
    sum.packed += compressedSize;
    sum.unpacked += uncompressedSize;
    if (!(sum.packed <= length)) throw broken('its entries overlap or lie outside it');
    if (compressionMethod === STORED && compressedSize !== uncompressedSize)
      throw broken(`'${name}' has another size than it says`);
    if (!(sum.unpacked <= unpackedSlack + 4 * length)) throw broken('it unpacks to far more than its size');
    const wrong = check(entry);
    if (wrong) throw broken(wrong);
    entries.push(entry);
  }
  return entries;
}

function entryAt(path: string, start: number, entry: Entry, broken: (what: string) => Failure): ZipEntry {
  const { fileName: name, compressedSize, uncompressedSize: size, compressionMethod } = entry;
  if (compressionMethod === STORED) {
    return {
      size,
      read: (from = 0, to = size) => readPart(path, start + from, to - from, path),
      async extract(file) {
        const bytes = size === 0 ? [] : createReadStream(path, { start, end: start + size - 1 });
        await pipeline(bytes, createWriteStream(file));
      },
    };
  }
  if (compressionMethod !== DEFLATED || entry.isEncrypted())
    throw broken(`'${name}' is packed in a way that is not read`);
  const unpacked = (): Uint8Array => {
    const packed = readPart(path, start, compressedSize, path);
    try {
      const bytes = inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) });
      if (bytes.length === size) return bytes;
    } catch {
      // Said below.
    }
    throw broken(`'${name}' does not unpack to what it says`);
  };
  return {
    size,
    read: (from, to) => unpacked().subarray(from, to),
    extract: (file) => writeFile(file, unpacked()),
  };
}

/** What yauzl says, as part of a sentence. */
function inWords({ message }: Error): string {
  if (/End of central directory/i.test(message))
    return 'its directory is missing: it is cut off, or no zip file';
  return message.replace(/\.$/, '').replace(/^\w/, (letter) => letter.toLowerCase());
}
