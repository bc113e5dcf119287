/** Where a crop was taken: pixels of the upright decoded image. Same geometry, same pixels: the key of cached maps. */
export interface Crop {
  /** Fractional where the image was resized before it was cropped. */
  left: number;
  top: number;
  width: number;
  height: number;
  flipped: boolean;
}

/** Decoded images in memory of the host, one typed array for all: one upload brings them to the device. */
export interface Batch {
  /** Place in the epoch, from 0. A resumed epoch starts at the one after; a batch without any readable image is left out. */
  number: number;
  /** RGB, 0..255, [N, H, W, 3] in row-major order. */
  pixels: Uint8Array;
  shape: [images: number, height: number, width: number, channels: 3];
  /** Class index of each image, [N]. */
  labels: Int32Array;
  /** Path of each image, relative to the folder that was read. */
  files: string[];
  crops: Crop[];
  /**
   * Where each image stands in the batch as it was planned, with those that could not be read and those that are other
   * processes' share, [N], ascending; what is random about an image follows from this. Default: 0 to N − 1.
   */
  places?: Int32Array;
  /** Images of the batch as it was planned. Default: N. */
  planned?: number;
}
