import { Failure } from '../../errors.js';
import type { PixelValues } from './pixel-values.js';

/**
 * config.json of Hugging Face's folder. transformers.js runs onnx/model.onnx as it is: model_type only says what kind of
 * task it is for, and has to be one that transformers.js knows as an image classifier.
 */
export function modelConfig(
  classNames: readonly string[],
  precision: 'float32' | 'float16',
  isSplit = false,
): object {
  return {
    architectures: ['ResNetForImageClassification'],
    model_type: 'resnet',
    problem_type: 'single_label_classification',
    id2label: Object.fromEntries(classNames.map((name, index) => [String(index), name])),
    label2id: Object.fromEntries(classNames.map((name, index) => [name, index])),
    num_channels: 3,
    'transformers.js_config': {
      dtype: precision === 'float16' ? 'fp16' : 'fp32',
      use_external_data_format: isSplit,
    },
  };
}

/** preprocessor_config.json: shorter side, middle, scale, mean and deviation. */
export function processorConfig(pixels: PixelValues | undefined): object {
  if (!pixels) {
    throw new Failure(
      "Hugging Face's folder is for images of red, green and blue, or gray; the network takes other channels: use --format onnx",
    );
  }
  const [height, width] = pixels.crop;
  return {
    image_processor_type: 'CLIPImageProcessor',
    do_convert_rgb: true,
    do_resize: true,
    size: { shortest_edge: pixels.resize },
    resample: resample[pixels.interpolation],
    do_center_crop: true,
    crop_size: { height, width },
    do_rescale: true,
    rescale_factor: pixels.scale,
    do_normalize: true,
    image_mean: pixels.mean,
    image_std: pixels.std,
  };
}

/** Pillow's numbers. */
const resample = { lanczos3: 1, bilinear: 2, bicubic: 3 } as const;
