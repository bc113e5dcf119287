import type * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import type { RandomInputs, StageOptions } from '../types.js';

/** What a map can be made of. */
export interface MapInputs {
  /** With two classes at least, see twoClasses. */
  classifier: Classifier;
  /** [n, H, W, C], preprocessed for the network. */
  images: tf.Tensor4D;
  /** int32 [n]; null where the target is the predicted class. */
  labels: tf.Tensor1D | null;
  /** int32 [n, H, W], 1 inside of an annotated box; null where there are none. */
  boxes: tf.Tensor3D | null;
  /** float32 [n, h, w], uniform in [0, 1), at the target layer's resolution; where the source needs it. */
  field: RandomInputs['field'];
  /** float32 [n, 2], uniform in [0, 1); where the source needs it. */
  shift?: RandomInputs['shift'];
  options: StageOptions;
}

/** What a source gives; the caller owns it. */
export interface FoundMap {
  /** [n, H, W], float32: the higher, the more salient. */
  map: tf.Tensor3D;
  /** [n, H, W], float32, 0 or 1: the mask, where it is not what the threshold cuts from the map. */
  mask?: tf.Tensor3D;
}

/** Where maps come from: pure tensor code, so that compile() can trace it. */
export interface MapSource {
  /** For people, as in "stage: …". */
  summary: string;
  /** Queries of the network an image, beside its activations. */
  queries(options: Pick<StageOptions, 'groups'>): number;
  /** Forward passes an image, queries included, in passes at full size. */
  passes(options: Pick<StageOptions, 'groups' | 'scoringScale'>): number;
  /** stranger: the images that it is given are other ones of the batch, each image's stranger. */
  needs?: 'label' | 'boxes' | 'field' | 'stranger' | 'shift';
  /** Whether the map shows what the network looks at. */
  fromNetwork: boolean;
  /** Whether an empty mask is meant: then the image is treated as any other, and does not stay as it is. */
  emptyIsMeant?: true;
  find(inputs: MapInputs): FoundMap;
}
