import type { LayerVariable } from '@tensorflow/tfjs-layers';
import type { Layer, Shape } from '../../classifier/index.js';
import type { Value } from './value.js';
import type { Writer } from './writer.js';

/** One use of a layer that is to be written. */
export interface LayerUse {
  layer: Layer;
  /** Of its output, as tfjs sees it. */
  shape: Shape;
  /** Its activation is left out: it is the softmax behind the logits. */
  isEnding: boolean;
  writer: Writer;
}

/** Writes one use of a layer: its nodes and weights. */
export type LayerExport = (use: LayerUse, inputs: readonly Value[]) => Value;

/** What the layers of tfjs keep inside and do not declare. */
export function settingsOf<Settings>(layer: Layer): Settings {
  return layer as unknown as Settings;
}

/** Values and shape of a variable. */
export function contentOf(variable: LayerVariable): { shape: number[]; values: Float32Array } {
  return { shape: variable.shape as number[], values: variable.read().dataSync<'float32'>() };
}
