/** Bits of the AC codes below; EOBn stands for a run of 2^n to 2^(n+1) - 1 blocks without coefficients. */
const CODE_BITS = 4;
const LONGEST_RUN = 14;

/**
 * A progressive JPEG of one gray, whose coefficients come one bit a scan: valid with up to 883 scans, and beyond with
 * scans that say again what is known.
 */
export function progressiveJpeg(width: number, height: number, scans: number): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const frame = [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0];
  const dcTable = [0x00, 1, ...Array<number>(15).fill(0), 0];
  const runs = Array.from({ length: LONGEST_RUN + 1 }, (_, n) => n << 4);
  const acTable = [0x10, 0, 0, 0, runs.length, ...Array<number>(12).fill(0), ...runs];
  const parts = [
    [0xff, 0xd8],
    segment(0xdb, [0, ...Array<number>(64).fill(1)]),
    segment(0xc2, frame),
    segment(0xc4, dcTable),
    segment(0xc4, acTable),
    [...segment(0xda, [1, 1, 0, 0, 0, 0]), ...bytesOf('0'.repeat(blocks))],
  ];
  const empty = bytesOf(noCoefficients(blocks));
  for (let scan = 1; scan < scans; scan++) {
    const [coefficient, bit] = [1 + (Math.floor((scan - 1) / 14) % 63), 13 - ((scan - 1) % 14)];
    const previous = bit === 13 ? 0 : bit + 1;
    parts.push([...segment(0xda, [1, 1, 0, coefficient, coefficient, (previous << 4) | bit]), ...empty]);
  }
  return Buffer.concat([...parts, [0xff, 0xd9]].map((part) => Buffer.from(part)));
}

function segment(marker: number, content: number[]): number[] {
  const length = content.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...content];
}

/** The bits of a scan in which no block has a coefficient. */
function noCoefficients(blocks: number): string {
  let bits = '';
  for (let left = blocks; left > 0;) {
    const n = Math.min(LONGEST_RUN, Math.floor(Math.log2(left)));
    const run = Math.min(left, 2 ** (n + 1) - 1);
    bits += n.toString(2).padStart(CODE_BITS, '0');
    if (n > 0) bits += (run - 2 ** n).toString(2).padStart(n, '0');
    left -= run;
  }
  return bits;
}

/** Filled up with ones; a byte of ones is followed by one of zeros. */
function bytesOf(bits: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < bits.length; at += 8) {
    const byte = Number.parseInt(bits.slice(at, at + 8).padEnd(8, '1'), 2);
    bytes.push(byte);
    if (byte === 0xff) bytes.push(0);
  }
  return bytes;
}
