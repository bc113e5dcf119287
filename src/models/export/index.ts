export type { ExportFormat } from './format.js';
export { exportModel, type Exported, type ExportOptions } from './export-model.js';
export { toOnnx, toOnnxFiles, type OnnxFiles, type OnnxOptions } from './onnx/network.js';
export { registerOnnxLayer } from './onnx/table.js';
export type { LayerExport, LayerUse } from './onnx/layer.js';
export type { Value } from './onnx/value.js';
export type { Writer } from './onnx/writer.js';
