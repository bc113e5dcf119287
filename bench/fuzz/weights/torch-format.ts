import { unzipSync, zipSync, type Unzipped } from 'fflate';
import { readFile } from 'node:fs/promises';
import type { Random } from '../../../src/random.js';
import type { Format } from './format.js';
import { below, mutateBytes, pick } from './mutate-bytes.js';

const fixture = new URL('../../../test/models/weights/fixtures/state_dict.pth', import.meta.url);
const name = 'state.pth';

/** A state_dict of torch.save: a pickle and storages in a zip file. */
export const torchFormat: Format = {
  async seeds() {
    const stored = await readFile(fixture);
    return [{ [name]: stored }, { [name]: Buffer.from(zipSync(unzipSync(stored), { level: 6 })) }];
  },
  mutate(sample, next) {
    const bytes = sample[name]!;
    const kind = next();
    if (kind < 0.2) return { [name]: mutateBytes(bytes, next) };
    if (kind < 0.4) return { [name]: withOtherField(bytes, next) };
    const entries: Unzipped = unzipSync(bytes);
    const entry = next() < 0.9 ? 'state_dict/data.pkl' : pick(Object.keys(entries), next);
    entries[entry] = next() < 0.5 ? mutateBytes(entries[entry]!, next) : mutatePickle(entries[entry]!, next);
    return { [name]: Buffer.from(zipSync(entries, { level: next() < 0.5 ? 0 : 6 })) };
  },
};

/** Another number in one field of one of the zip file's own records. */
function withOtherField(bytes: Buffer, next: Random): Buffer {
  const changed = Buffer.from(bytes);
  const records = ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06'].flatMap((mark) => {
    const found: number[] = [];
    for (let at = bytes.indexOf(mark, 0, 'latin1'); at >= 0; at = bytes.indexOf(mark, at + 1, 'latin1'))
      found.push(at);
    return found;
  });
  const at = pick(records, next) + 4 + 2 * below(20, next);
  if (at + 4 > changed.length) return changed;
  const values = [0, 1, 8, 0xffff, 0xffffffff, bytes.length, below(bytes.length, next), 0x7fffffff];
  changed.writeUInt32LE(pick(values, next), at);
  return changed;
}

// Operations that build, refer, take apart.
const operations =
  '(}])tNRbQsueaq\0h\0h\x01h\x050\x32\x85\x86\x87\x88\x8f\x90\x93\x94K\x05J\xff\xff\xff\xffM\xff\xff';

function mutatePickle(pickle: Uint8Array, next: Random): Buffer<ArrayBuffer> {
  const at = below(pickle.length, next);
  const kind = next();
  if (kind < 0.2) {
    const deep = pick(['(', ']', ')\x85', 'h\0h\0\x86q\0', '}', '(l'], next).repeat(below(5000, next));
    return Buffer.concat([pickle.subarray(0, at), Buffer.from(deep, 'latin1'), pickle.subarray(at)]);
  }
  const length = 1 + below(6, next);
  const text = Array.from({ length }, () => pick([...operations], next)).join('');
  const skipped = kind < 0.6 ? length : 0;
  return Buffer.concat([pickle.subarray(0, at), Buffer.from(text, 'latin1'), pickle.subarray(at + skipped)]);
}
