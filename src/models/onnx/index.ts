export { fromOnnx } from './from-onnx.js';
export { constantOperand, Operation, registerOnnxLayers } from './layers/index.js';
export {
  attributeType,
  decodeOnnx,
  elementType,
  encodeOnnx,
  type Int64,
  type OnnxAttribute,
  type OnnxFunction,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
  type PartialDeep,
} from './messages.js';
