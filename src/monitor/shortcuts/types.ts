/** Images in memory of the host: RGB, 0..255, [size, size, 3] each. */
export interface ShownImages {
  size: number;
  pixels: readonly Uint8Array[];
  /** Class index of each image. */
  labels: ArrayLike<number>;
  /** Where boxes are known: of each image what lies in one, 1 inside, [size, size]; null for an image without a box. */
  objects?: readonly (Uint8Array | null)[];
}

/** What the search asks of a network. */
export interface QueriedNetwork {
  classes: number;
  /** Logits of all classes for each image: [N][classes]. */
  logits(pixels: readonly Uint8Array[]): Promise<Float32Array[]>;
  /** Where the evidence for each image's class is: maps of any size, what speaks for the class above 0. */
  evidence(pixels: readonly Uint8Array[], classes: ArrayLike<number>): Promise<EvidenceMap[]>;
}

/** [height, width] in row-major order. */
export interface EvidenceMap {
  values: Float32Array;
  height: number;
  width: number;
}
