export { Failure, InvalidInput } from './errors.js';
export { saliencyAugment } from './augment/index.js';
export { gradCam, groupCam } from './explain/index.js';
export { openClassifier } from './models/index.js';
export { compile, loadTensorflow } from './tensorflow/index.js';
export { loadRecipe, train } from './train/index.js';
