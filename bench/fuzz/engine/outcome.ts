/** One value that a program showed. */
export interface Shown {
  label: string;
  dtype: string;
  shape: number[];
  values: ArrayLike<number>;
}

/** What a run of a program gave. */
export interface Outcome {
  shown: Shown[];
  /** Where it stopped, if it did. */
  error?: { at: string; message: string };
  /** Tensors that were there afterwards and not before: of tfjs, and of the addon. */
  left: [number, number];
}
