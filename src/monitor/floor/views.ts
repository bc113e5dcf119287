import type { HostMap } from '../../report/index.js';

/** An image seen a little otherwise, though nothing in it changed. */
export interface View {
  name: string;
  /** The part that is seen, shares of the side. */
  left: number;
  top: number;
  side: number;
  flipped: boolean;
}

/** Flipped, and moved by a sixteenth of the side towards two corners. */
export const views: readonly View[] = [
  { name: 'flip', left: 0, top: 0, side: 1, flipped: true },
  { name: 'crop top left', left: 0, top: 0, side: 15 / 16, flipped: false },
  { name: 'crop bottom right', left: 1 / 16, top: 1 / 16, side: 15 / 16, flipped: false },
];

/**
 * What a view shows of an image, brought to the image's size.
 *
 * @param image RGB, [height, width, 3]
 */
export function viewOf(image: Uint8Array, width: number, height: number, view: View): Uint8Array {
  const out = new Uint8Array(image.length);
  for (let channel = 0; channel < 3; channel++) {
    const plane = Float32Array.from({ length: width * height }, (_, at) => image[3 * at + channel]!);
    seen({ values: plane, width, height }, view).values.forEach(
      (value, at) => (out[3 * at + channel] = Math.round(value)),
    );
  }
  return out;
}

/** The map of a whole image as the view shows it: what the view's own map would be if nothing depended on the view. */
export function mapInView(map: HostMap, view: View): HostMap {
  return seen(map, view);
}

/** Bilinear, half-pixel centers, edges repeated. */
function seen({ values, width, height }: HostMap, { left, top, side, flipped }: View): HostMap {
  const out = new Float32Array(values.length);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const across = flipped ? width - 1 - column : column;
      const x = (left + (side * (across + 0.5)) / width) * width - 0.5;
      const y = (top + (side * (row + 0.5)) / height) * height - 0.5;
      out[row * width + column] = between(values, width, height, x, y);
    }
  return { values: out, width, height };
}

function between(values: ArrayLike<number>, width: number, height: number, x: number, y: number): number {
  const clamp = (at: number, most: number): number => Math.max(0, Math.min(most, at));
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const at = (column: number, row: number): number =>
    values[clamp(row, height - 1) * width + clamp(column, width - 1)]!;
  const [right, below] = [x - left, y - top];
  return (
    (1 - below) * ((1 - right) * at(left, top) + right * at(left + 1, top)) +
    below * ((1 - right) * at(left, top + 1) + right * at(left + 1, top + 1))
  );
}
