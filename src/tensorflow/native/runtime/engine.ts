import { constants } from 'node:os';
import type { Tensor } from '@tensorflow/tfjs-core';

/** One output of an operation inside a graph that is being built. */
export type Endpoint = readonly [operation: number, output: number];

/** A graph under construction, held by the native side. */
export type NativeGraph = object & { readonly brand: unique symbol };

/** A constant's content; dtype is TensorFlow's number for it (TF_FLOAT = 1 ...). */
export interface Constant {
  dtype: number;
  shape: number[];
  values: ArrayBufferView;
}

/** An attribute of an operation, as the tfjs addon writes them; `type` is TensorFlow's TF_AttrType. */
export interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

/** What TensorFlow inferred for one output; the shape is null where even its rank depends on data, −1 an unknown size. */
export interface OutputInfo {
  dtype: number;
  shape: number[] | null;
}

/** The native half of compile(), see engine.cc. */
export interface Engine {
  /** Takes over the context that the tfjs addon made last on this thread; false if it made none. */
  adoptContext(): boolean;
  /** Makes the operations of ../cpu known to TensorFlow; calling it again is free. */
  registerOperations(): void;
  createGraph(): NativeGraph;
  deleteGraph(graph: NativeGraph): void;
  opDefinition(graph: NativeGraph, op: string): Buffer;
  addOperation(
    graph: NativeGraph,
    op: string,
    name: string,
    inputs: readonly (Endpoint | readonly Endpoint[])[],
    attributes: readonly Attribute[],
    controls: readonly number[],
  ): { operation: number; outputs: OutputInfo[] };
  addFunction(
    graph: NativeGraph,
    name: string,
    inputs: readonly Endpoint[],
    outputs: readonly Endpoint[],
    controls: readonly number[],
  ): void;
  removeFunction(name: string): void;
  muteStderr(mute: boolean): void;
  /**
   * The context that the tfjs addon makes next on this thread becomes a part of a cluster.
   *
   * @param definition a ServerDef, serialized
   * @param loopbackOnly whether its port drops what does not come from this machine
   */
  shareNextRuntime(definition: Buffer, loopbackOnly: boolean): void;
  /** How many listening sockets were restricted so; throws why the runtime is not shared. */
  guardedSockets(): number;
  /**
   * This process takes its place in a ring of ranks, with copies of two connected sockets.
   *
   * @param names what each rank is called in messages
   * @param next descriptor of the socket to the next rank
   * @param previous of the one from the rank before
   */
  joinRing(rank: number, names: readonly string[], next: number, previous: number): void;
  /** Closes the ring's connections. */
  leaveRing(): void;
}

/** Adds an operation to the graph that is being made, and gives its number. */
export type AddOperation = (
  op: string,
  ends: readonly Endpoint[],
  attributes?: readonly Attribute[],
  controls?: Iterable<number>,
) => number;

/** TensorFlow's numbers for attribute kinds and for the data types that tfjs lacks. */
export const TF = {
  string: 0,
  int: 1,
  float: 2,
  bool: 3,
  type: 4,
  shape: 5,
  tensor: 6,
  FLOAT: 1,
  INT32: 3,
  UINT8: 4,
  INT64: 9,
  BOOL: 10,
  BFLOAT16: 14,
  HALF: 19,
  RESOURCE: 20,
} as const;

/** An attribute that holds a data type. */
export function typeAttribute(name: string, dtype: number): Attribute {
  return { name, type: TF.type, value: dtype };
}

/** Attributes of the Cast operation. */
export function castAttributes(from: number, to: number): Attribute[] {
  return [
    typeAttribute('SrcT', from),
    typeAttribute('DstT', to),
    { name: 'Truncate', type: TF.bool, value: false },
  ];
}

/**
 * Loads the engine. Its symbols are made global, so that the tfjs addon, loaded afterwards, makes its TensorFlow
 * context through it.
 *
 * @throws when the file is missing or was built for another machine
 */
export function loadEngine(path: string): Engine {
  const holder: { exports: unknown } = { exports: {} };
  process.dlopen(holder, path, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
  return holder.exports as Engine;
}

/** The backend of tfjs-node, as far as it is used here. Its fields are not public, but have not moved since 2019. */
export interface NodeBackend {
  binding: Binding;
  tensorMap: {
    get(dataId: object): TensorEntry;
    set(dataId: object, entry: TensorEntry): void;
    has(dataId: object): boolean;
  };
  getInputTensorIds(tensors: readonly { dataId: object }[]): number[];
  createOutputTensor(info: { id: number; dtype: number; shape: number[] }): Tensor;
  write(values: unknown, shape: number[], dtype: string): object;
  /** Drops one reference; true when that was the last. */
  disposeData(dataId: object): boolean;
  isUsingGpuDevice: boolean;
}

/** What the backend keeps for a tensor: an id of the addon (−1 until it is uploaded), or values not yet uploaded. */
export interface TensorEntry {
  shape: number[];
  dtype: number;
  values: ArrayBufferView | unknown[] | null;
  id: number;
  refCount: number;
}

/** The addon of tfjs-node. */
export interface Binding {
  executeOp(
    name: string,
    attributes: Attribute[],
    inputs: number[],
    outputs: number,
  ): { id: number; dtype: number; shape: number[] }[];
  createTensor(shape: number[], dtype: number, values: ArrayBufferView | unknown[]): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): ArrayBufferView;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  TF_Version: string;
}
