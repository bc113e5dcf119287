import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { classifier, type Classifier, type Preprocessing } from './classifier/index.js';
import { loadModel } from './load-model.js';
import { loadTensorflow } from '../tensorflow/index.js';

/** The network that is evaluated. */
export interface OpenedClassifier {
  classifier: Classifier;
  preprocessing: Preprocessing;
  classNames?: string[];
  device: string;
  /** Where the weights are and when they were last changed: results of other weights are not mixed with these. */
  weights: { path: string; modified: string };
  dispose(): void;
}

/**
 * Opens weights of any kind for evaluation.
 *
 * @param path whatever --weights takes
 * @param layer name of the target layer, by default the last one with spatial output
 * @param log is told what the loader had to assume or change
 */
export async function openWeights(
  path: string,
  layer: string | undefined,
  log: (line: string) => void,
): Promise<OpenedClassifier> {
  const { device } = await loadTensorflow();
  const { model, preprocessing, classNames, notes } = await loadModel(path);
  const network = classifier(model, { preprocessing, classNames, layer });
  [...notes, ...network.notes].forEach(log);
  const entry = await stat(path);
  const { mtime } = entry.isDirectory() ? await stat(join(path, 'model.json')) : entry;
  return {
    classifier: network,
    preprocessing,
    ...(classNames && { classNames }),
    device,
    weights: { path, modified: mtime.toISOString() },
    dispose: () => model.dispose(),
  };
}
