import type { ExternalBytes } from '../tensors.js';
import type { Network } from '../network.js';
import type { Node } from '../node.js';
import type { Value } from '../values.js';

/** What an operator is given. */
export interface Call {
  node: Node;
  network: Network;
  /** The inputs as they are connected; what is left out is undefined. */
  inputs: (Value | undefined)[];
  external: ExternalBytes;
}

/** Turns a node into layers. @returns one value an output; a single one need not be a list */
export type Handler = (call: Call) => Value | Value[];
export type Handlers = Record<string, Handler>;
