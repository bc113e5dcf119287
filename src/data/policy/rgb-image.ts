/** An image in memory. */
export interface RgbImage {
  /** RGB, 0..255, [height, width, 3] in row-major order. */
  pixels: Uint8Array;
  width: number;
  height: number;
}

/** The gray of a pixel: ITU-R BT.601 in 16 bits, as Pillow's convert('L'). */
export function grayOf(pixels: Uint8Array, at: number): number {
  return (pixels[at]! * 19595 + pixels[at + 1]! * 38470 + pixels[at + 2]! * 7471 + 0x8000) >> 16;
}
