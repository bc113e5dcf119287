export type { StoredTensor, WeightFile } from './types.js';
export { assignWeights } from './assign.js';
export { encodeFloat16, decodeFloat16 } from './float16.js';
export { kerasFile, kerasResnetToTorch, readKeras, type KerasFile } from './keras.js';
export { readSafetensors } from './safetensors.js';
export { readTorch } from './torch.js';
export { torchParameters, type TorchParameter } from './torch-names.js';
export { decodeElements, type ElementType } from './elements.js';
