import { Failure } from '../errors.js';
import { maskedCrc32c } from './crc32c.js';

/**
 * Data framed as one record of a TFRecord file, little-endian: uint64 length, uint32 masked CRC of the length, data,
 * uint32 masked CRC of the data.
 *
 * @see https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */
export function frameRecord(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return bytes;
}

/**
 * The data of every record of a TFRecord file. A half-written last record is left out.
 *
 * @param name how errors call it: the path of the file
 * @throws when a checksum is wrong
 */
export function readRecords(bytes: Uint8Array, name = 'records'): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at + 12 <= bytes.length) {
    if (view.getUint32(at + 8, true) !== maskedCrc32c(bytes.subarray(at, at + 8))) throw damaged(name, at);
    const end = at + 12 + Number(view.getBigUint64(at, true));
    if (end + 4 > bytes.length) break;
    const data = bytes.subarray(at + 12, end);
    if (view.getUint32(end, true) !== maskedCrc32c(data)) throw damaged(name, at);
    records.push(data);
    at = end + 4;
  }
  return records;
}

function damaged(name: string, at: number): Failure {
  return new Failure(`${name}: the record at byte ${at} is damaged (wrong checksum)`);
}
