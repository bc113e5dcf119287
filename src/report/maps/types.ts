import type { Colormap } from '../colormap.js';
import type { Part } from '../overlay-part.js';

/** A class and what the network thinks of it. */
export interface ClassScore {
  class: string;
  index: number;
  /** In [0, 1]. */
  probability: number;
}

export type Format = 'png' | 'npy';

/** How results are drawn and written. */
export interface Drawing {
  formats: readonly Format[];
  colormap: Colormap;
  /** From 0 (only the image) to 1 (only the map). */
  opacity: number;
}

/** What is kept of one map. */
export interface MapRecord extends ClassScore {
  method: string;
  ms: number;
  /** Smallest and largest value of the raw map. */
  range: [low: number, high: number];
  /** Names of the files in the output folder. */
  files: string[];
  /** Says from what the map was made: another key is another map. */
  key: string;
  /** The map as a gray picture, a data: URI. */
  picture: string;
}

/** What is kept of one image: enough for its comparison sheet and its place on the page. */
export interface ImageRecord {
  image: string;
  name: string;
  /** Size of the upright image, pixels. */
  width: number;
  height: number;
  /** The part of it that the network saw, pixels. */
  part: Part;
  /** The image made small, a data: URI. */
  photo: string;
  classes: ClassScore[];
  maps: MapRecord[];
  /** The comparison sheet, in the output folder. */
  sheet?: string;
}
