import * as tf from '@tensorflow/tfjs-core';
import type { Flattened } from '../../structure.js';
import { emit, type EmittedFunction } from './emit.js';
import type { EmitOptions } from './plan.js';
import type { Engine } from '../runtime/engine.js';
import type { Trace } from '../trace/trace.js';
import type { residentVariables } from '../runtime/variables.js';

export type Variables = ReturnType<typeof residentVariables>;

/** One trace of a function, as a function of TensorFlow's. */
export interface Graph {
  function: EmittedFunction;
  rebuild: Flattened['rebuild'];
  outputs: number;
  captured: tf.Tensor[];
}

/** The graphs of one compiled function. Knows nothing of the function itself, so it can outlive it and free them. */
export interface Graphs {
  get(signature: string): Graph | undefined;
  set(signature: string, graph: Graph): void;
  build(name: string, trace: Trace, options: EmitOptions): Graph;
  free(graph: Graph): void;
  /** Traces that made something whose first value could not be computed yet, by the signature of the call. */
  unfinished: Map<string, Trace>;
  freeAll(): void;
}

/** An empty set of graphs. */
export function emptyGraphs(engine: Engine, variables: Variables): Graphs {
  const graphs = new Map<string, Graph>();
  const unfinished = new Map<string, Trace>();
  const free = (graph: Graph): void => {
    engine.removeFunction(graph.function.name);
    variables.release(graph.function.resident);
    tf.dispose(graph.captured);
  };
  return {
    get: (signature) => graphs.get(signature),
    set: (signature, graph) => void graphs.set(signature, graph),
    build(name, trace, options) {
      const { captured, outputs, result } = trace;
      try {
        const emitted = emit(engine, name, trace, options);
        emitted.resident.forEach((variable) => variables.use(variable));
        return { function: emitted, rebuild: result.rebuild, outputs: outputs.length, captured };
      } catch (error) {
        tf.dispose(captured);
        throw error;
      }
    },
    free,
    unfinished,
    freeAll() {
      [...graphs.values()].forEach(free);
      [...unfinished.values()].forEach(({ captured }) => tf.dispose(captured));
      graphs.clear();
      unfinished.clear();
    },
  };
}
