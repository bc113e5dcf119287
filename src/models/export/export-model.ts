import { basename } from 'node:path';
import { invalid } from '../../errors.js';
import { writeFileAtomic } from '../../files/write-atomic.js';
import { classifier, type Classifier } from '../classifier/index.js';
import { loadModel } from '../load-model.js';
import { saveModel } from '../save-model.js';
import { card, type CardContent } from './card.js';
import { contentsOf } from './contents.js';
import type { ExportFormat } from './format.js';
import { pixelValuesOf } from './pixel-values.js';
import { targetOf, unwritable } from './target.js';

export interface ExportOptions {
  /** Any kind of --weights. */
  from: string;
  format: ExportFormat;
  /** A folder; for onnx and safetensors also a file that ends so. */
  to: string;
  /** Of the weights; tfjs keeps float32. Default 'float32'. */
  precision?: 'float32' | 'float16';
  /** Of onnx and huggingface: a second output, the CAM of the most likely class or a transformer's attention. */
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
  const target = await targetOf(from, to, format);
  const { model, notes: loading, ...information } = await loadModel(from);
  try {
    const { preprocessing, classNames } = information;
    const network = classifier(model, { preprocessing, classNames });
    const pixels = pixelValuesOf(network, preprocessing);
    const notes = [...loading, ...notesOn(network, format)];
    const files: string[] = [];
    const write = async (path: string, content: string | Uint8Array | Uint8Array[]): Promise<void> => {
      await writeFileAtomic(path, content).catch(unwritable(path));
      files.push(path);
    };

    let names: CardContent['names'];
    if (format === 'tfjs') {
      await saveModel(model, to, information).catch(unwritable(to));
      files.push(target.path('model.json'));
    } else {
      const contents = contentsOf(format, network, information, {
        ...{ precision, withMap, pixels },
        modelName: basename(target.path('model.onnx')),
      });
      if (contents.isSplit)
        notes.push('the weights lie in a file of their own, NAME.onnx_data: keep both together');
      names = contents.names;
      for (const [name, content] of contents.files) await write(target.path(name), content);
    }
    const { classes, probability, inputShape } = network;
    const about = { format, precision, withMap, classNames, classes, probability, inputShape };
    await write(target.card, card({ ...about, name: target.name, preprocessing, pixels, names, notes }));
    return { files, notes };
  } finally {
    model.dispose();
  }
}

function notesOn({ notes, probability }: Classifier, format: ExportFormat): string[] {
  const inOnnx = format === 'onnx' || format === 'huggingface';
  const ending = notes.filter((note) => note.endsWith('to get logits'));
  const sigmoid =
    format === 'huggingface' && probability === 'sigmoid'
      ? ['transformers.js takes the softmax of the logits: these are for a sigmoid, so read them yourself']
      : [];
  // A softmax that the file had stays in a LayersModel: only ONNX ends before it.
  return [...(inOnnx ? ending : ending.map(() => 'the model itself ends in probabilities')), ...sigmoid];
}

function checkOptions({ format, precision, withMap }: ExportOptions): void {
  if (withMap && format !== 'onnx' && format !== 'huggingface') {
    throw invalid('--with-map', '--format onnx or huggingface', format);
  }
  if (precision === 'float16' && format === 'tfjs') {
    const fix = 'camtune import --quantize makes it smaller';
    throw invalid('--precision', 'float32 for --format tfjs', precision, fix);
  }
}
