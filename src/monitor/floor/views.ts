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
    mapInView({ values: plane, width, height }, view).values.forEach(
      (value, at) => (out[3 * at + channel] = Math.round(value)),
    );
  }
  return out;
}

/** The map of a whole image as the view shows it: what the view's own map would be if nothing depended on the view. */
export function mapInView({ values, width, height }: HostMap, view: View): HostMap {
  const { rows, columns } = sampling(width, height, view);
  const out = new Float32Array(values.length);
  for (let row = 0; row < height; row++) {
    const [above, below, down] = [rows.low[row]! * width, rows.high[row]! * width, rows.share[row]!];
    for (let column = 0; column < width; column++) {
      const [left, right, along] = [columns.low[column]!, columns.high[column]!, columns.share[column]!];
      out[row * width + column] =
        (1 - down) * ((1 - along) * values[above + left]! + along * values[above + right]!) +
        down * ((1 - along) * values[below + left]! + along * values[below + right]!);
    }
  }
  return { values: out, width, height };
}

/** Between which two places of a line each place of a view lies, and how far from the first of them. */
export interface Line {
  low: Int32Array;
  high: Int32Array;
  share: Float32Array;
}

/** Bilinear, half-pixel centers, edges repeated. */
export function sampling(
  width: number,
  height: number,
  { left, top, side, flipped }: View,
): { rows: Line; columns: Line } {
  return { rows: line(height, top, side, false), columns: line(width, left, side, flipped) };
}

function line(length: number, start: number, side: number, flipped: boolean): Line {
  const places = Array.from({ length }, (_, at) => {
    const along = flipped ? length - 1 - at : at;
    return (start + (side * (along + 0.5)) / length) * length - 0.5;
  });
  const inside = (at: number): number => Math.max(0, Math.min(length - 1, at));
  return {
    low: Int32Array.from(places, (place) => inside(Math.floor(place))),
    high: Int32Array.from(places, (place) => inside(Math.floor(place) + 1)),
    share: Float32Array.from(places, (place) => place - Math.floor(place)),
  };
}
