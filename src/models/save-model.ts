import { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Preprocessing } from './classifier/index.js';
import { writeLayersModel } from './layers-model-files.js';
import { quantize } from './quantize.js';
import type { ResNetLayout } from './networks/index.js';

/** What camtune writes beside a model's weights, under 'camtune' in userDefinedMetadata. */
export interface ModelInformation {
  preprocessing?: Preprocessing;
  /** In the order of the outputs. */
  classNames?: string[];
  /** Of a ResNet. */
  layout?: ResNetLayout;
}

export interface SaveOptions extends ModelInformation {
  /** 'mixed': a third of the size, see quantize(). Default 'none'. */
  quantize?: 'none' | 'mixed';
}

/**
 * Writes a model as a plain tfjs LayersModel, atomically: tf.loadLayersModel reads it in any tfjs program.
 *
 * @param folder made where it is missing; holds model.json and the weights afterwards
 */
export async function saveModel(
  model: LayersModel,
  folder: string,
  options: SaveOptions = {},
): Promise<void> {
  const { quantize: quantization = 'none', preprocessing, classNames, layout } = options;
  let artifacts: io.ModelArtifacts = {};
  const keep = (given: io.ModelArtifacts): Promise<io.SaveResult> => {
    artifacts = given;
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
  };
  await model.save(io.withSaveHandler(keep));
  const camtune: ModelInformation = {
    ...(preprocessing && { preprocessing }),
    ...(classNames && { classNames }),
    ...(layout && { layout }),
  };
  const described = { ...artifacts, userDefinedMetadata: { ...artifacts.userDefinedMetadata, camtune } };
  await writeLayersModel(folder, quantization === 'mixed' ? quantize(described) : described);
}
