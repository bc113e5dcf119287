import protobuf from 'protobufjs';

/**
 * The part of TensorFlow's event.proto, summary.proto and tensor.proto that camtune writes; field numbers are theirs.
 *
 * @see https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto
 */
const SCHEMA = `
  syntax = "proto3";
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what { string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
  }
  message SessionLog {
    enum SessionStatus { STATUS_UNSPECIFIED = 0; START = 1; STOP = 2; CHECKPOINT = 3; }
    SessionStatus status = 1;
  }
  message Summary {
    message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
    message Value {
      string tag = 1;
      SummaryMetadata metadata = 9;
      oneof value { float simple_value = 2; Image image = 4; TensorProto tensor = 8; }
    }
    repeated Value value = 1;
  }
  message SummaryMetadata {
    message PluginData { string plugin_name = 1; bytes content = 2; }
    PluginData plugin_data = 1;
    int32 data_class = 4;
  }
  message TensorProto {
    int32 dtype = 1;
    TensorShape tensor_shape = 2;
    repeated float float_val = 5;
    repeated bytes string_val = 8;
  }
  message TensorShape { message Dim { int64 size = 1; } repeated Dim dim = 2; }
`;

/** One event, with the keys of the schema. */
export interface EventMessage {
  wall_time: number;
  step?: number;
  file_version?: string;
  session_log?: { status: 'START' };
  summary?: { value: SummaryValue[] };
}

export interface SummaryValue {
  tag: string;
  simple_value?: number;
  image?: { height: number; width: number; colorspace: number; encoded_image_string: Uint8Array };
  /** A scalar of text, or floats: dtype 7 is DT_STRING, 1 is DT_FLOAT. */
  tensor?: { dtype: 1 | 7; tensor_shape: object; float_val?: number[]; string_val?: Uint8Array[] };
  /** data_class 2 is DATA_CLASS_TENSOR. */
  metadata?: { plugin_data: { plugin_name: string; content?: Uint8Array }; data_class?: 2 };
}

const Event = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Event');

/** An event as protobuf. */
export function encodeEvent(event: EventMessage): Uint8Array {
  return Event.encode(Event.fromObject(event)).finish();
}

/** Reads what `encodeEvent` wrote. */
export function decodeEvent(bytes: Uint8Array): EventMessage {
  return Event.toObject(Event.decode(bytes), { longs: Number, enums: String }) as EventMessage;
}
