import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '../../../src/models/weights/index.js';
import type { Compared, Side } from './compare.js';

/** Gradients beside those of PyTorch's float64 with every value on our side of its ReLU's kink. */
export interface OnSides {
  gradients: number;
  /** The share of all values that lie on the other side in float64. */
  share: number;
  /** Of these, the farthest from its kink, over the largest value of its ReLU. */
  farthest: number;
}

/**
 * A gradient jumps where rounding moves a value over the kink of a ReLU. What is left of a difference when the values of
 * the reference are put on the same sides is no matter of kinks.
 *
 * @param program reference.py, with the arguments that it has been called with
 */
export function comparedOnSides(compared: Compared, folder: string, program: string[]): OnSides {
  writeFileSync(join(folder, 'sides.safetensors'), encoded(compared.sides()));
  execFileSync(process.env['PYTHON'] ?? 'python3', program, { stdio: ['ignore', 'ignore', 'pipe'] });
  const { tensors } = readSafetensors(readFileSync(join(folder, 'on-sides.safetensors')), 'on-sides');
  const [share, farthest] = tensors.get('kinks')!.read() as unknown as [number, number];
  return { gradients: compared.apartFrom(tensors), share, farthest };
}

/** As safetensors, whose names sort as the list does. */
function encoded(list: Side[]): Uint8Array {
  let offset = 0;
  const entries = list.map(({ shape, sides }, index) => {
    const start = offset;
    offset += sides.length;
    const entry = { dtype: 'U8', shape, data_offsets: [start, offset] };
    return [String(index).padStart(4, '0'), entry];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...list.map(({ sides }) => sides)]);
}
