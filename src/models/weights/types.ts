/** One tensor of a weight file; its values are decoded when they are asked for. */
export interface StoredTensor {
  shape: number[];
  /** The values in C order, widened to float32. */
  read(): Float32Array;
}

/** What a weight file holds, in PyTorch's names and layouts (convolution [out, in, h, w], linear [out, in]). */
export interface WeightFile {
  tensors: Map<string, StoredTensor>;
  /** What the file says about itself. */
  metadata: Record<string, string>;
}
