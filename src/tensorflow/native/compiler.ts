import * as tf from '@tensorflow/tfjs-core';
import type { CompiledOnBackend, CompileOptions, Compiler } from '../compile.js';
import { checkPixels, isPixels } from '../pixels.js';
import { flatten, type Flattened, type Leaf } from '../structure.js';
import { emit, type EmittedFunction } from './emit.js';
import { type Engine, type NodeBackend, TF } from './engine.js';
import type { Source } from './recording.js';
import { activeTrace, type Trace, trace } from './trace.js';
import { residentVariables } from './variables.js';

/** New traces of one function from which on a note is given: shapes that never repeat make tracing the main work. */
const MANY_TRACES = 8;

const MADE_ONCE = 'it may make one at its first call and keep it';

interface Graph {
  function: EmittedFunction;
  rebuild: Flattened['rebuild'];
  outputs: number;
  captured: tf.Tensor[];
}

type Variables = ReturnType<typeof residentVariables>;
let nextFunction = 0;

/** The compiler of a native backend: functions become TensorFlow functions in the backend's own context. */
export function nativeCompiler(engine: Engine, backend: NodeBackend): Compiler {
  const variables = residentVariables(backend);
  return {
    tracing: () => activeTrace() !== undefined,
    compile: (fn, options) => compiledFunction(engine, backend, variables, fn, options),
    update(op, attributes, targets, inputs) {
      const trace = activeTrace();
      trace?.update(op, attributes, targets, inputs);
      return trace !== undefined;
    },
  };
}

function compiledFunction(
  engine: Engine,
  backend: NodeBackend,
  variables: Variables,
  fn: (...args: never[]) => unknown,
  options: Required<CompileOptions>,
): CompiledOnBackend {
  const graphs = new Map<string, Graph>();
  let traces = 0;
  let calls = 0;

  const emitted = (recorded: Trace): Graph => {
    const assigned = [...recorded.assigned.keys()];
    const names = new Map(assigned.map((variable) => [variable, variables.use(variable)]));
    const name = `camtune_${options.name.replace(/\W/g, '_')}_${nextFunction++}`;
    try {
      const emitted = emit(engine, name, recorded, options.precision, (variable) => names.get(variable)!);
      return {
        function: emitted,
        rebuild: recorded.result.rebuild,
        outputs: recorded.outputs.length,
        captured: recorded.captured,
      };
    } catch (error) {
      variables.release(assigned);
      tf.dispose(recorded.captured);
      throw error;
    }
  };
  const free = (graph: Graph): void => {
    engine.removeFunction(graph.function.name);
    variables.release(graph.function.resident);
    tf.dispose(graph.captured);
  };
  /** Variables that the function makes (slots of an optimiser) get their first values, and exist from then on. */
  const initialise = (recorded: Trace, args: Flattened): void => {
    const { created } = recorded;
    const graph = emitted({
      ...recorded,
      outputs: created.map(({ initial }) => initial),
      assigned: new Map(),
    });
    const values = execute(backend, options.name, graph, args.leaves, [options.seed, calls]).map((value) =>
      backend.createOutputTensor(value),
    );
    created.forEach(({ variable }, index) => variable.assign(values[index] as tf.Variable));
    tf.dispose(values);
    free(graph);
  };
  const build = (args: Flattened): Graph => {
    let recorded = trace(engine, backend, fn, args);
    const { created } = recorded;
    if (created.length > 0) {
      initialise(recorded, args);
      recorded = trace(engine, backend, fn, args);
      if (recorded.created.length > 0) {
        [...created, ...recorded.created].forEach(({ variable }) => variable.dispose());
        tf.dispose(recorded.captured);
        throw new Error(
          `compile: the function makes a variable at every call (${created[0]!.variable.name}); ${MADE_ONCE}`,
        );
      }
    }
    recorded.warnings.forEach((warning) => options.onNote(`${options.name}: ${warning}`));
    const graph = emitted(recorded);
    if (++traces === MANY_TRACES) {
      options.onNote(
        `${options.name}: traced ${traces} times; arguments whose shapes keep changing cost a trace each`,
      );
    }
    return graph;
  };

  return {
    call(args) {
      const given = flatten(args);
      let graph = graphs.get(given.signature);
      if (!graph) graphs.set(given.signature, (graph = build(given)));
      variables.refresh(graph.function.resident);
      const results = execute(backend, options.name, graph, given.leaves, [options.seed, calls++]);
      return graph.rebuild(results.map((result) => backend.createOutputTensor(result)));
    },
    traces: () => traces,
    dispose() {
      [...graphs.values()].forEach(free);
      graphs.clear();
    },
  };
}

function execute(
  backend: NodeBackend,
  functionName: string,
  graph: Graph,
  leaves: readonly Leaf[],
  seed: [number, number],
) {
  const { binding } = backend;
  const temporary: number[] = [];
  const upload = (shape: readonly number[], dtype: number, values: ArrayBufferView): number => {
    const id = binding.createTensor([...shape], dtype, values);
    temporary.push(id);
    return id;
  };
  const idOf = (source: Source): number => {
    switch (source.kind) {
      case 'seed':
        return upload([2], TF.INT32, Int32Array.from(seed));
      case 'variable':
        if (source.variable.isDisposed) throw new Error(`variable ${source.variable.name} was disposed`);
        return backend.getInputTensorIds([source.variable])[0]!;
      case 'captured':
        return backend.getInputTensorIds([source.tensor])[0]!;
      case 'argument': {
        const leaf = leaves[source.index]!;
        if (isPixels(leaf)) checkPixels(leaf);
        else if (leaf.isDisposed) throw new Error(`argument ${source.index + 1} was disposed`);
        return isPixels(leaf)
          ? upload(leaf.shape, TF.UINT8, leaf.pixels)
          : backend.getInputTensorIds([leaf])[0]!;
      }
    }
  };
  try {
    const { name, inputs } = graph.function;
    // An empty configuration, but one that is there, makes TensorFlow optimise the graph.
    return binding.executeOp(
      name,
      [{ name: 'config_proto', type: TF.string, value: '' }],
      inputs.map(idOf),
      graph.outputs,
    );
  } catch (error) {
    throw withOperation(error as Error, functionName);
  } finally {
    temporary.forEach((id) => binding.deleteTensor(id));
  }
}

/** TensorFlow names the node as `{{node Conv2D_12}}` or `{{node name/Conv2D_12}}`: the op's name stands in it. */
function withOperation(error: Error, name: string): Error {
  const node = /\{\{node ([^}]+)\}\}/.exec(error.message)?.[1]?.split('/').pop();
  const op = node && /^(\w+?)_\d+$/.exec(node)?.[1];
  const message = error.message
    .replace(/^Invalid TF_Status: \d+\s*Message: /, '')
    .replace(/\{\{function_node [^}]+\}\} ?/g, '')
    .replace(/\s*\[\[\{\{node [^}]+\}\}\]\]/g, '');
  return new Error(`${name}: ${op ? `op ${op}: ` : ''}${message}`, { cause: error });
}
