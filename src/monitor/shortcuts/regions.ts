/** A part of a square image of side 1. */
export interface Region {
  /** The same name is the same place. */
  name: string;
  kind: 'window' | 'strip' | 'frame';
  /** Rectangles [left, top, right, bottom], shares of the side, that do not overlap. */
  parts: readonly (readonly [number, number, number, number])[];
}

/** Windows: a quarter of the side, at steps of an eighth. */
const STEPS = 7;
const STRIP = 0.2;
const FRAME = 1 / 16;

/** Squares of a quarter of the side, 7 × 7 of them. */
export const windows: readonly Region[] = Array.from({ length: STEPS * STEPS }, (_, at) => {
  const [left, top] = [(at % STEPS) / 8, Math.floor(at / STEPS) / 8];
  return { name: `window ${at}`, kind: 'window', parts: [[left, top, left + 0.25, top + 0.25]] };
});

/** A fifth of the image along each edge. */
export const strips: readonly Region[] = [
  { name: 'top', kind: 'strip', parts: [[0, 0, 1, STRIP]] },
  { name: 'bottom', kind: 'strip', parts: [[0, 1 - STRIP, 1, 1]] },
  { name: 'left', kind: 'strip', parts: [[0, 0, STRIP, 1]] },
  { name: 'right', kind: 'strip', parts: [[1 - STRIP, 0, 1, 1]] },
];

/** A sixteenth of the side along all edges. */
export const frame: Region = { name: 'frame', kind: 'frame', parts: ring(0, FRAME) };

/** As large as the frame, inside of it. */
export const innerRing: Region = { name: 'inner ring', kind: 'frame', parts: ring(FRAME, 0.0738) };

function ring(from: number, width: number): Region['parts'] {
  const [low, high] = [from + width, 1 - from - width];
  return [
    [from, from, 1 - from, low],
    [from, high, 1 - from, 1 - from],
    [from, low, low, high],
    [high, low, 1 - from, high],
  ];
}

/** The pixels of a region: 1 inside, [size, size]. */
export function regionMask({ parts }: Pick<Region, 'parts'>, size: number): Uint8Array {
  const mask = new Uint8Array(size * size);
  for (const part of parts) {
    const [left, top, right, bottom] = part.map((share) => Math.round(share * size)) as [
      number,
      number,
      number,
      number,
    ];
    for (let row = top; row < bottom; row++) mask.fill(1, row * size + left, row * size + right);
  }
  return mask;
}
