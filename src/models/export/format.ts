/** What a network can be written as. */
export type ExportFormat = 'onnx' | 'safetensors' | 'tfjs' | 'huggingface';
