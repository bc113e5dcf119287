import { invalid, phrase } from '../errors.js';
import { loadModel } from './load-model.js';
import type { ResNetLayout } from './networks/index.js';
import { saveModel } from './save-model.js';

export interface ImportOptions {
  /** Any kind of --weights. */
  from: string;
  /** Folder that the tfjs LayersModel is written to. */
  to: string;
  /** Default 'none'. */
  quantize?: 'none' | 'mixed';
  /** Of a ResNet; default: as the weights say. */
  layout?: ResNetLayout;
  /** In the order of the outputs; default: as the weights say. */
  classNames?: string[];
}

/**
 * Turns weights of another program into a tfjs LayersModel with its preprocessing and class names.
 *
 * @returns what was assumed, in words
 * @throws InvalidInput, Failure as loadModel; InvalidInput where the names are not one an output
 */
export async function importWeights(options: ImportOptions): Promise<{ notes: string[] }> {
  const { from, to, quantize, layout, classNames } = options;
  const { model, notes, ...information } = await loadModel(from, { ...(layout && { layout }) });
  try {
    const outputs = model.outputs[0]!.shape.at(-1);
    if (classNames && classNames.length !== outputs) {
      throw invalid('classes', `${outputs} names, one for each output`, phrase(`${classNames.length} names`));
    }
    await saveModel(model, to, {
      ...information,
      ...(classNames && { classNames }),
      ...(quantize && { quantize }),
    });
    return { notes };
  } finally {
    model.dispose();
  }
}
