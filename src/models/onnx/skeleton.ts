import { readPart } from '../weights/index.js';

/** Tensors of so many bytes are left in the file. */
const leastLeft = 4096;
/** What remains: nodes, names and small tensors. */
const mostKept = 2 ** 28;
/** As the location of a tensor: it lies in the model's own file. No path has such a name. */
export const ownFile = '\0';

type Message = 'model' | 'graph' | 'tensor';
/** Fields whose messages are looked into. */
const inner: Record<Message, { field: number; message: Message } | undefined> = {
  model: { field: 7, message: 'graph' },
  graph: { field: 5, message: 'tensor' },
  tensor: undefined,
};
const [rawData, externalData, dataLocation] = [9, 13, 14];

/**
 * An ONNX file without the values of its large tensors, which are told by their places in the file instead: a file is
 * read with the memory of its largest tensor and not of all of them.
 *
 * @param size of the file, bytes
 * @throws RangeError where the file is cut off or no such message
 */
export function skeletonOf(path: string, size: number): Uint8Array {
  let kept = 0;
  const read = windowed(path, size);
  const copy = (from: number, to: number): Uint8Array => {
    kept += to - from;
    if (kept > mostKept) throw new RangeError('more beside its tensors than any network has');
    return readPart(path, from, to - from, path);
  };
  const message = (from: number, to: number, kind: Message): Uint8Array => {
    const parts: Uint8Array[] = [];
    let [at, copied] = [from, from];
    const varint = (): number => {
      let [value, scale] = [0, 1];
      for (let count = 0; count < 10; count++) {
        if (at >= to) throw new RangeError('cut off');
        const byte = read(at++);
        value += (byte & 0x7f) * scale;
        scale *= 128;
        if (byte < 0x80) return value;
      }
      throw new RangeError('a number without an end');
    };
    while (at < to) {
      const start = at;
      const tag = varint();
      const [field, wire] = [Math.floor(tag / 8), tag % 8];
      if (wire === 0) varint();
      else if (wire === 1) at += 8;
      else if (wire === 5) at += 4;
      else if (wire === 2) {
        const length = varint();
        const body = at;
        at += length;
        if (at > to) throw new RangeError('cut off');
        const found = inner[kind];
        const isLeft = kind === 'tensor' && field === rawData && length >= leastLeft;
        if (!isLeft && found?.field !== field) continue;
        if (start > copied) parts.push(copy(copied, start));
        parts.push(...(isLeft ? placeOf(body, length) : [encoded(field, message(body, at, found!.message))]));
        copied = at;
      } else throw new RangeError('no such message');
      if (at > to) throw new RangeError('cut off');
    }
    if (to > copied) parts.push(copy(copied, to));
    return Buffer.concat(parts);
  };
  return message(0, size, 'model');
}

/** Fields that tell where the values are. */
function placeOf(offset: number, length: number): Uint8Array[] {
  const text = (field: number, value: string) => encoded(field, Buffer.from(value));
  const entry = (key: string, value: string) =>
    encoded(externalData, Buffer.concat([text(1, key), text(2, value)]));
  return [
    entry('location', ownFile),
    entry('offset', String(offset)),
    entry('length', String(length)),
    Buffer.from([...number(dataLocation * 8), 1]),
  ];
}

function encoded(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([...number(field * 8 + 2), ...number(bytes.length)]), bytes]);
}

function number(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...number(Math.floor(value / 128))];
}

/** Bytes of a file, one by one. */
function windowed(path: string, size: number): (at: number) => number {
  const length = 2 ** 16;
  let [start, window] = [0, new Uint8Array(0)];
  return (at) => {
    if (at < start || at >= start + window.length) {
      start = at;
      window = new Uint8Array(readPart(path, at, Math.min(length, size - at), path));
    }
    return window[at - start]!;
  };
}
