import { join } from 'node:path';
import type { Classifier } from '../classifier/index.js';
import type { ModelInformation } from '../save-model.js';
import type { ExportFormat } from './format.js';
import { modelConfig, processorConfig } from './hugging-face.js';
import { toOnnxFiles } from './onnx/network.js';
import type { PixelValues } from './pixel-values.js';
import { toSafetensors } from './safetensors.js';

export interface ContentOptions {
  precision: 'float32' | 'float16';
  withMap: boolean;
  /** Of a network of 3 channels or 1. */
  pixels: PixelValues | undefined;
  /** Of an ONNX model. */
  modelName: string;
}

/** What is written, by its path within the export, in that order: weights before what names them. */
export interface Contents {
  files: [path: string, content: string | Uint8Array | Uint8Array[]][];
  /** Of ONNX: whether the weights lie in a file of their own, of the model's name with _data behind it. */
  isSplit?: boolean;
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
  { precision, withMap, pixels, modelName }: ContentOptions,
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
  const onnx = (path: string, name: string): Contents => {
    const { model, data } = toOnnxFiles(network, { precision, withMap, metadata }, `${name}_data`);
    return {
      files: [...(data ? ([[`${path}_data`, data]] as Contents['files']) : []), [path, model]],
      isSplit: data !== undefined,
    };
  };
  if (format === 'onnx') return onnx('model.onnx', modelName);
  const numbered = Array.from({ length: network.classes }, (_, index) => `LABEL_${index}`);
  const processor = processorConfig(pixels);
  // The names by which transformers.js finds a precision.
  const name = precision === 'float16' ? 'model_fp16.onnx' : 'model.onnx';
  const { files, isSplit = false } = onnx(join('onnx', name), name);
  return {
    isSplit,
    files: [
      ...files,
      ['config.json', json(modelConfig(classNames ?? numbered, precision, isSplit))],
      ['preprocessor_config.json', json(processor)],
    ],
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
