import { Failure } from '../../errors.js';

/** Reads the arguments of a pickle's operations, one after the other; numbers are little-endian unless said otherwise. */
export interface PickleReader {
  uint8(): number;
  uint16(): number;
  int32(): number;
  uint32(): number;
  uint64(): number;
  /** Big-endian. */
  float64(): number;
  /** An integer of so many bytes; beyond 2^53 the nearest number. */
  long(bytes: number): number;
  slice(bytes: number): Uint8Array;
  /** UTF-8. */
  string(bytes: number): string;
  /** Up to the end of the line, without it. */
  line(): string;
  skip(bytes: number): void;
}

/** @throws Failure, from each of the functions, where the bytes end before */
export function pickleReader(bytes: Uint8Array): PickleReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder();
  let at = 0;
  /** Goes on, and says from where. */
  const take = (length: number): number => {
    if (at + length > bytes.length) throw new Failure('the pickle ends early');
    at += length;
    return at - length;
  };
  const slice = (length: number): Uint8Array => bytes.subarray(take(length), at);
  const string = (length: number): string => text.decode(slice(length));
  return {
    uint8: () => view.getUint8(take(1)),
    uint16: () => view.getUint16(take(2), true),
    int32: () => view.getInt32(take(4), true),
    uint32: () => view.getUint32(take(4), true),
    uint64: () => Number(view.getBigUint64(take(8), true)),
    float64: () => view.getFloat64(take(8)),
    long(length) {
      const digits = slice(length).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      return Number(BigInt.asIntN(8 * length, digits));
    },
    slice,
    string,
    line() {
      const end = bytes.indexOf(10, at);
      if (end < 0) throw new Failure('the pickle ends early');
      const content = string(end - at);
      take(1);
      return content;
    },
    skip: (length) => void take(length),
  };
}
