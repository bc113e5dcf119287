import type { Random } from '../../../src/random.js';

/** The files of one model by their names; the first one is what --weights names. */
export type Sample = Record<string, Buffer>;

/** A format of weights, as the fuzzer sees it. */
export interface Format {
  /** Small models that read well. */
  seeds(): Promise<Sample[]>;
  /** A sample with something wrong. */
  mutate(sample: Sample, next: Random): Sample | Promise<Sample>;
}

export type FormatName = 'json' | 'safetensors' | 'torch' | 'hdf5' | 'onnx';
