export {
  classifier,
  layerDepths,
  noBranches,
  normalize,
  type Attention,
  type Classifier,
  type ClassifierOptions,
  type LayerDepths,
  type Preprocessing,
  type TrainingPass,
} from './classifier/index.js';
export { activationCount } from './activation-count.js';
export { forSize, torchvisionPreprocessing } from './preprocessing.js';
export {
  architectureNames,
  architectureOf,
  registerArchitecture,
  type Architecture,
  type BuildOptions,
  type Find,
  type ResNetLayout,
  type Source,
} from './networks/index.js';
export { resnet50, type ResNetOptions } from './resnet50.js';
export { vgg19, type VggOptions } from './vgg19.js';
export { withNewHead } from './new-head.js';
export { loadModel } from './load-model.js';
export type { LoadedModel, LoadOptions } from './loaded-model.js';
export { saveModel, type ModelInformation, type SaveOptions } from './save-model.js';
export { readClassNames } from './class-names.js';
export { importWeights, type ImportOptions } from './import-weights.js';
export {
  exportModel,
  registerOnnxLayer,
  toOnnx,
  toOnnxFiles,
  type OnnxFiles,
  type Exported,
  type ExportFormat,
  type ExportOptions,
  type LayerExport,
  type LayerUse,
  type OnnxOptions,
  type Value,
  type Writer,
} from './export/index.js';
export { openClassifier, type OpenedClassifier, type OpenOptions } from './open-classifier.js';
export { middle, networkInput, type NetworkInput } from './network-input.js';
