import protobuf from 'protobufjs';

/**
 * The part of TensorBoard's hparams/plugin_data.proto that camtune writes; field numbers are theirs.
 *
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/plugins/hparams/plugin_data.proto
 */
const SCHEMA = `
  syntax = "proto3";
  message HParamsPluginData {
    int32 version = 1;
    oneof data { SessionStartInfo session_start_info = 3; SessionEndInfo session_end_info = 4; }
  }
  message SessionStartInfo { map<string, Value> hparams = 1; double start_time_secs = 5; }
  enum Status { STATUS_UNKNOWN = 0; STATUS_SUCCESS = 1; STATUS_FAILURE = 2; STATUS_RUNNING = 3; }
  message SessionEndInfo { Status status = 1; double end_time_secs = 2; }
  message Value { oneof kind { double number_value = 2; string string_value = 3; bool bool_value = 4; } }
`;

const PluginData = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('HParamsPluginData');

/** What TensorBoard's table of runs has a column for. */
export type Hyperparameters = Readonly<Record<string, number | string | boolean>>;

/** The beginning of a run, as content of the plugin's metadata. */
export function encodeSessionStart(values: Hyperparameters, seconds: number): Uint8Array {
  const hparams = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, kindOf(value)]));
  return encode({ session_start_info: { hparams, start_time_secs: seconds } });
}

/** The end of a run that went to its end. */
export function encodeSessionEnd(seconds: number): Uint8Array {
  return encode({ session_end_info: { status: 'STATUS_SUCCESS', end_time_secs: seconds } });
}

/** Reads what the two wrote. */
export function decodeSession(content: Uint8Array): Record<string, unknown> {
  return PluginData.toObject(PluginData.decode(content), { enums: String });
}

function encode(data: object): Uint8Array {
  return PluginData.encode(PluginData.fromObject({ version: 0, ...data })).finish();
}

function kindOf(value: number | string | boolean): object {
  if (typeof value === 'number') return { number_value: value };
  return typeof value === 'string' ? { string_value: value } : { bool_value: value };
}
