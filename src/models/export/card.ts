import type { Preprocessing } from '../classifier/index.js';
import type { ExportFormat } from './format.js';
import type { PixelValues } from './pixel-values.js';

export interface CardContent {
  format: ExportFormat;
  name: string;
  precision: 'float32' | 'float16';
  classNames?: readonly string[];
  classes: number;
  probability: 'softmax' | 'sigmoid';
  /** Of a network of 3 channels or 1. */
  pixels?: PixelValues;
  preprocessing: Preprocessing;
  inputShape: readonly (number | null)[];
  withMap: boolean;
  /** Of safetensors. */
  names?: 'torch' | 'layers';
  notes: readonly string[];
}

const signature = 'Written by camtune export';

/** Whether a text is the card of an export. */
export function isCard(text: string): boolean {
  return text.includes(signature);
}

/** README.md of an export: what goes in, what comes out, for people without camtune. */
export function card(content: CardContent): string {
  const { name, classNames, classes, probability, notes } = content;
  const names = classNames?.map((each, index) => `${index}. ${JSON.stringify(each).slice(1, -1)}`);
  return [
    `# ${name}`,
    introduction(content),
    '## Input',
    ...input(content),
    '## Output',
    output(content),
    `## Classes (${classes}, from 0)`,
    names ? names.join('\n') : 'Not recorded.',
    ...(notes.length > 0 ? ['## Notes', notes.map((note) => `- ${note}`).join('\n')] : []),
    `${signature}; probabilities are the ${probability} of the logits.`,
  ]
    .join('\n\n')
    .concat('\n');
}

function introduction({ format, precision, names }: CardContent): string {
  switch (format) {
    case 'onnx':
      return `An image classifier as ONNX (opset 17), weights in ${precision}; runs in onnxruntime and whatever else reads ONNX.`;
    case 'huggingface':
      return "An image classifier for transformers.js: `pipeline('image-classification', FOLDER)` loads it (from the folder above it: `env.localModelPath`). `model_type` in config.json only names the task: Python's transformers cannot load it as a ResNet, onnxruntime can.";
    case 'tfjs':
      return '`tf.loadLayersModel` of TensorFlow.js reads model.json, in Node and in browsers. Layout: [N, H, W, C].';
    case 'safetensors':
      return names === 'torch'
        ? `Weights in ${precision} under torchvision's names, for \`load_state_dict\`; convolutions are [out, in, h, w].`
        : `Weights in ${precision} under the names of the layers' variables; layouts are TensorFlow's (convolutions [h, w, in, out], dense [in, out]).`;
  }
}

function input({ format, pixels, preprocessing, inputShape }: CardContent): string[] {
  const inOnnx = format === 'onnx' || format === 'huggingface';
  if (!pixels) return [`${inputShape.at(-1)} channels; how they are prepared is not recorded.`];
  const [height, width] = pixels.crop;
  const { resize, interpolation } = pixels;
  const view = `Shorter side to ${resize} px (${interpolation}, antialiased), middle ${height} × ${width} px.`;
  const row = (values: readonly number[]) => values.join(', ');
  if (inOnnx) {
    const { scale, mean, std } = pixels;
    return [
      `\`pixel_values\`: float32 [batch, 3, height, width], red, green, blue.`,
      `${view} Then (pixel · ${scale} − mean) / std, with pixels 0..255, mean ${row(mean)}, std ${row(std)}.`,
    ];
  }
  const { channels, scale, mean, std } = preprocessing;
  const isGray = inputShape.at(-1) === 1;
  const order = isGray
    ? 'One channel: 0.299 R + 0.587 G + 0.114 B, with the means of the following over the channels'
    : `Channels in the order ${channels}`;
  return [
    `${view} ${order}: (pixel · ${scale} − mean) / std, with pixels 0..255, mean ${row(mean)}, std ${row(std)}.`,
  ];
}

function output({ format, classes, probability, withMap }: CardContent): string {
  const one = format === 'tfjs' || format === 'safetensors' ? 'The output' : '`logits`';
  const scores = `${one}: float32 [batch, ${classes}], logits and not probabilities unless a note says otherwise; ${probability} makes them probabilities.`;
  const map =
    '`map`: float32 [batch, h, w] in [0, 1], the CAM of the most likely class at the resolution of the last spatial layer (of a transformer: what the class token attends to in the last block, the mean of its heads, for each patch), scaled by its own minimum and maximum (0 everywhere where it is constant). Enlarge it bilinearly to the image that the network sees.';
  return withMap ? `${scores}\n\n${map}` : scores;
}
