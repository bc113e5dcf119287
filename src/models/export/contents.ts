import { join } from 'node:path';
import type { Classifier } from '../classifier/index.js';
import type { ModelInformation } from '../save-model.js';
import type { ExportFormat } from './format.js';
import { modelConfig, processorConfig } from './hugging-face.js';
import { toOnnx } from './onnx/network.js';
import type { PixelValues } from './pixel-values.js';
import { toSafetensors } from './safetensors.js';

export interface ContentOptions {
  precision: 'float32' | 'float16';
  withMap: boolean;
  /** Of a network of 3 channels or 1. */
  pixels: PixelValues | undefined;
}

/** What is written, by its path within the export; the first is the network itself. */
export interface Contents {
  files: [path: string, content: string | Uint8Array][];
  /** Of safetensors. */
  names?: 'torch' | 'layers';
}

/**
 * What an export in one of the formats consists of, its card apart.
 *
 * @throws as toOnnx(); Failure for what the format has no place for
 */
export function contentsOf(
  format: Exclude<ExportFormat, 'tfjs'>,
  network: Classifier,
  information: ModelInformation,
  { precision, withMap, pixels }: ContentOptions,
): Contents {
  if (format === 'safetensors') {
    const { bytes, names } = toSafetensors(network.model, information, precision);
    return { files: [['model.safetensors', bytes]], names };
  }
  const { classNames } = network;
  const metadata = {
    ...(pixels && { pixel_values: JSON.stringify(pixels) }),
    ...(classNames && { class_names: JSON.stringify(classNames) }),
  };
  if (format === 'onnx') {
    return { files: [['model.onnx', toOnnx(network, { precision, withMap, metadata })]] };
  }
  const numbered = Array.from({ length: network.classes }, (_, index) => `LABEL_${index}`);
  const processor = processorConfig(pixels);
  // The names by which transformers.js finds a precision.
  const name = precision === 'float16' ? 'model_fp16.onnx' : 'model.onnx';
  return {
    files: [
      [join('onnx', name), toOnnx(network, { precision, withMap, metadata })],
      ['config.json', json(modelConfig(classNames ?? numbered, precision))],
      ['preprocessor_config.json', json(processor)],
    ],
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
