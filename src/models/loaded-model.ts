import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Preprocessing } from './classifier/index.js';
import type { ResNetLayout } from './networks/index.js';

export interface LoadOptions {
  /** Number of classes wanted: where the file has another, the model gets a new head. */
  classes?: number;
  /** Classes wanted, in the order of the outputs: where the file has others, the model gets a new head. */
  classNames?: string[];
  /** Of a ResNet whose file does not say it; default 'stride-in-3x3'. */
  layout?: ResNetLayout;
  /** In place of what the file says. */
  preprocessing?: Preprocessing;
  /** Side of the images where a file with a fixed size leaves it open (ONNX), pixels; default: that of its preprocessing. */
  size?: number;
  /** Of a new head; default 0. */
  seed?: number;
}

export interface LoadedModel {
  model: LayersModel;
  preprocessing: Preprocessing;
  /** In the order of the outputs, where they are known. */
  classNames?: string[];
  /** Of a ResNet. */
  layout?: ResNetLayout;
  /** The last layer is not that of the file: it has learned nothing yet. */
  newHead?: true;
  /** What was assumed or done beside reading, in words, for the log. */
  notes: string[];
}
