import { basename, extname, join } from 'node:path';
import { invalid } from '../../errors.js';
import { writeFileAtomic } from '../../files.js';
import { classifier } from '../classifier/index.js';
import { loadModel } from '../load-model.js';
import { saveModel } from '../save-model.js';
import { card, type CardContent } from './card.js';
import type { ExportFormat } from './format.js';
import { modelConfig, processorConfig } from './hugging-face.js';
import { toOnnx } from './onnx/network.js';
import { pixelValuesOf } from './pixel-values.js';
import { toSafetensors } from './safetensors.js';

export interface ExportOptions {
  /** Any kind of --weights. */
  from: string;
  format: ExportFormat;
  /** A folder; for onnx and safetensors also a file that ends so. */
  to: string;
  /** Of the weights; tfjs keeps float32. Default 'float32'. */
  precision?: 'float32' | 'float16';
  /** Of onnx and huggingface: a second output, the CAM of the likeliest class. */
  withMap?: boolean;
}

export interface Exported {
  /** What was written. */
  files: string[];
  /** What was assumed or left out, in words. */
  notes: string[];
}

/**
 * Writes a network for other programs, with a card that says what goes in and what comes out. Every file is written
 * whole or not at all.
 *
 * @throws InvalidInput for options that do not go together, or as loadModel; Failure where the network cannot be written
 */
export async function exportModel(options: ExportOptions): Promise<Exported> {
  const { from, format, to, precision = 'float32', withMap = false } = options;
  checkOptions(options);
  const { model, notes: loading, ...information } = await loadModel(from);
  try {
    const { preprocessing, classNames } = information;
    const network = classifier(model, { preprocessing, classNames });
    const pixels = pixelValuesOf(network, preprocessing);
    const inOnnx = format === 'onnx' || format === 'huggingface';
    // A softmax that the file had stays in a LayersModel: only ONNX ends before it.
    const ending = network.notes.filter((note) => note.endsWith('to get logits'));
    const notes = [
      ...loading,
      ...(inOnnx ? ending : ending.map(() => 'the model itself ends in probabilities')),
    ];
    const files: string[] = [];
    const write = async (path: string, content: string | Uint8Array): Promise<void> => {
      await writeFileAtomic(path, content);
      files.push(path);
    };
    const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
    const target = `.${format}`;
    const isFile = extname(to) === target;
    const file = isFile ? to : join(to, `model${target}`);
    let names: CardContent['names'];

    if (inOnnx) {
      const metadata = { ...(pixels && { pixel_values: JSON.stringify(pixels) }), ...labels(classNames) };
      const configs: [string, string][] =
        format === 'onnx'
          ? []
          : [
              ['config.json', json(modelConfig(classNames ?? numbered(network.classes)))],
              ['preprocessor_config.json', json(processorConfig(pixels))],
            ];
      const bytes = toOnnx(network, { precision, withMap, metadata });
      const inFolder = join(to, 'onnx', precision === 'float16' ? 'model_fp16.onnx' : 'model.onnx');
      await write(format === 'onnx' ? file : inFolder, bytes);
      for (const [name, content] of configs) await write(join(to, name), content);
    } else if (format === 'safetensors') {
      const weights = toSafetensors(model, information, precision);
      names = weights.names;
      await write(file, weights.bytes);
    } else {
      await saveModel(model, to, information);
      files.push(join(to, 'model.json'));
    }
    const text = card({
      format,
      name: isFile ? basename(to) : basename(to) || model.name,
      precision: format === 'tfjs' ? 'float32' : precision,
      classNames,
      classes: network.classes,
      probability: network.probability,
      pixels,
      preprocessing,
      inputShape: network.inputShape,
      withMap,
      names,
      notes,
    });
    await write(isFile ? `${to.slice(0, -target.length)}.md` : join(to, 'README.md'), text);
    return { files, notes };
  } finally {
    model.dispose();
  }
}

function checkOptions({ format, to, precision, withMap }: ExportOptions): void {
  if (to === '') throw invalid('--out', 'a path', to);
  if (withMap && format !== 'onnx' && format !== 'huggingface') {
    throw invalid('--with-map', '--format onnx or huggingface', format);
  }
  if (precision === 'float16' && format === 'tfjs') {
    throw invalid(
      '--precision',
      'float32 for --format tfjs',
      precision,
      'camtune import --quantize makes it smaller',
    );
  }
}

function labels(classNames: readonly string[] | undefined): Record<string, string> {
  return classNames ? { class_names: JSON.stringify(classNames) } : {};
}

function numbered(classes: number): string[] {
  return Array.from({ length: classes }, (_, index) => `LABEL_${index}`);
}
