import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { mixSeeds, random } from '../../../src/random.js';

/** Classes that a small network tells apart within a few steps: a square of the class's color on noise. */
const colors = { blue: [40, 60, 230], green: [40, 220, 60], red: [230, 50, 40] } as const;

export type Color = keyof typeof colors;

/** A PNG of a colored square somewhere on gray noise; the seed says where. */
export async function shape(color: Color, seed: number, side = 48): Promise<Buffer> {
  const next = random(seed);
  const pixels = Buffer.from(Array.from({ length: side * side * 3 }, () => 96 + 64 * next()));
  const extent = Math.round(side * (0.4 + 0.2 * next()));
  const [left, top] = [next(), next()].map((share) => Math.floor(share * (side - extent))) as [
    number,
    number,
  ];
  for (let row = top; row < top + extent; row++)
    for (let column = left; column < left + extent; column++)
      pixels.set(colors[color], 3 * (row * side + column));
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}

/** Writes `dir/<color>/<n>.png`, the same at every call. */
export async function writeShapes(
  dir: string,
  counts: Partial<Record<Color, number>>,
  seed = 0,
): Promise<void> {
  for (const [place, [color, count]] of Object.entries(counts).entries()) {
    await mkdir(join(dir, color), { recursive: true });
    for (let index = 0; index < count; index++) {
      const content = await shape(color as Color, mixSeeds(seed, place, index));
      await writeFile(join(dir, color, `${String(index).padStart(2, '0')}.png`), content);
    }
  }
}
