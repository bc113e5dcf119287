import protobuf from 'protobufjs';

/** The part of onnx.proto (ONNX IR, github.com/onnx/onnx) that networks use; fields that are not here are passed over. */
const schema = `
syntax = "proto2";
message StringStringEntryProto { optional string key = 1; optional string value = 2; }
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message TensorProto {
  message Segment { optional int64 begin = 1; optional int64 end = 2; }
  repeated int64 dims = 1;
  optional int32 data_type = 2;
  optional Segment segment = 3;
  repeated float float_data = 4 [packed = true];
  repeated int32 int32_data = 5 [packed = true];
  repeated bytes string_data = 6;
  repeated int64 int64_data = 7 [packed = true];
  optional string name = 8;
  optional bytes raw_data = 9;
  repeated double double_data = 10 [packed = true];
  repeated uint64 uint64_data = 11 [packed = true];
  repeated StringStringEntryProto external_data = 13;
  optional int32 data_location = 14;
}
message TensorShapeProto {
  message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
  repeated Dimension dim = 1;
}
message TypeProto {
  message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  optional Tensor tensor_type = 1;
}
message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; optional string doc_string = 3; }
message AttributeProto {
  optional string name = 1;
  optional float f = 2;
  optional int64 i = 3;
  optional bytes s = 4;
  optional TensorProto t = 5;
  optional GraphProto g = 6;
  repeated float floats = 7;
  repeated int64 ints = 8;
  repeated bytes strings = 9;
  repeated TensorProto tensors = 10;
  repeated GraphProto graphs = 11;
  optional int32 type = 20;
  optional string ref_attr_name = 21;
}
message NodeProto {
  repeated string input = 1;
  repeated string output = 2;
  optional string name = 3;
  optional string op_type = 4;
  repeated AttributeProto attribute = 5;
  optional string doc_string = 6;
  optional string domain = 7;
}
message GraphProto {
  repeated NodeProto node = 1;
  optional string name = 2;
  repeated TensorProto initializer = 5;
  optional string doc_string = 10;
  repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12;
  repeated ValueInfoProto value_info = 13;
}
message FunctionProto {
  optional string name = 1;
  repeated string input = 4;
  repeated string output = 5;
  repeated string attribute = 6;
  repeated NodeProto node = 7;
  repeated OperatorSetIdProto opset_import = 9;
  optional string domain = 10;
  repeated AttributeProto attribute_proto = 11;
}
message ModelProto {
  optional int64 ir_version = 1;
  optional string producer_name = 2;
  optional string producer_version = 3;
  optional GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
  repeated StringStringEntryProto metadata_props = 14;
  repeated FunctionProto functions = 25;
}`;

/** Made where it is used: parsing takes milliseconds, and most programs read no ONNX. */
function modelProto(): protobuf.Type {
  return protobuf.parse(schema, { keepCase: true }).root.lookupType('ModelProto');
}

/** ONNX's numbers of element types (TensorProto.DataType). */
export const elementType = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  BFLOAT16: 16,
} as const;

/** ONNX's numbers of attribute types (AttributeProto.AttributeType). */
export const attributeType = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
} as const;

/** What a 64-bit integer may be: a number where it is one exactly. */
export type Int64 = number | { toNumber(): number };

export interface OnnxTensor {
  dims: Int64[];
  data_type: number;
  name: string;
  raw_data?: Uint8Array;
  float_data: number[];
  int32_data: number[];
  int64_data: Int64[];
  double_data: number[];
  uint64_data: Int64[];
  external_data: { key: string; value: string }[];
  data_location: number;
}

export interface OnnxAttribute {
  name: string;
  type: number;
  f: number;
  i: Int64;
  s: Uint8Array;
  t: OnnxTensor | null;
  g: OnnxGraph | null;
  floats: number[];
  ints: Int64[];
  strings: Uint8Array[];
  ref_attr_name: string;
}

export interface OnnxNode {
  input: string[];
  output: string[];
  name: string;
  op_type: string;
  domain: string;
  attribute: OnnxAttribute[];
}

export interface OnnxValueInfo {
  name: string;
  type: {
    tensor_type: {
      elem_type: number;
      shape: { dim: { dim_value?: Int64; dim_param?: string }[] } | null;
    } | null;
  } | null;
}

export interface OnnxGraph {
  name: string;
  node: OnnxNode[];
  initializer: OnnxTensor[];
  input: OnnxValueInfo[];
  output: OnnxValueInfo[];
  value_info: OnnxValueInfo[];
}

export interface OnnxFunction {
  name: string;
  domain: string;
  input: string[];
  output: string[];
  node: OnnxNode[];
  attribute_proto: OnnxAttribute[];
}

export interface OnnxModel {
  ir_version: Int64;
  producer_name: string;
  producer_version: string;
  opset_import: { domain: string; version: Int64 }[];
  graph: OnnxGraph;
  functions: OnnxFunction[];
  metadata_props: { key: string; value: string }[];
}

/**
 * Decodes an ONNX model. Bytes of tensors are views of `bytes`, not copies.
 *
 * @throws Error of protobufjs where the bytes are no such message
 */
export function decodeOnnx(bytes: Uint8Array): OnnxModel {
  return modelProto().decode(bytes) as unknown as OnnxModel;
}

/** A message with some fields left out: they are then not written. */
export type PartialDeep<T> = T extends Uint8Array
  ? T
  : T extends (infer Item)[]
    ? PartialDeep<Item>[]
    : T extends object
      ? { [Key in keyof T]?: PartialDeep<T[Key]> }
      : T;

/** Encodes an ONNX model. */
export function encodeOnnx(model: PartialDeep<OnnxModel>): Uint8Array {
  const type = modelProto();
  return type.encode(type.fromObject(model)).finish();
}
