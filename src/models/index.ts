export type { Classifier, NormMode, Preprocessing, TrainingPass } from './contract.js';
export { classifier, type ClassifierOptions } from './classifier.js';
export { normalise } from './normalise.js';
export { forSize, torchvisionPreprocessing } from './preprocessing.js';
export { resnet50, type ResNetLayout, type ResNetOptions } from './resnet50.js';
export { withNewHead } from './new-head.js';
export { loadModel, type LoadedModel, type LoadOptions } from './load-model.js';
export { saveModel, type ModelInformation, type SaveOptions } from './save-model.js';
export { importWeights, type ImportOptions } from './import-weights.js';
