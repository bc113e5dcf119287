import type { CompiledOnBackend, CompileOptions, Compiler } from '../compile.js';
import { isPixels } from '../pixels.js';
import { flatten, type Flattened, type Leaf } from '../structure.js';
import { emit, type EmittedFunction } from './emit.js';
import { type Engine, type NodeBackend, TF } from './engine.js';
import type { Source } from './recording.js';
import { activeTrace, trace } from './trace.js';
import { residentVariables } from './variables.js';

/** New traces of one function from which on a note is given: shapes that never repeat make tracing the main work. */
const MANY_TRACES = 8;

interface Graph {
  function: EmittedFunction;
  rebuild: Flattened['rebuild'];
  outputs: number;
}

type Variables = ReturnType<typeof residentVariables>;
let nextFunction = 0;

/** The compiler of a native backend: functions become TensorFlow functions in the backend's own context. */
export function nativeCompiler(engine: Engine, backend: NodeBackend): Compiler {
  const variables = residentVariables(backend);
  return {
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

  const build = (args: Flattened): Graph => {
    const recorded = trace(engine, backend, fn, args);
    recorded.warnings.forEach((warning) => options.onNote(`${options.name}: ${warning}`));
    const name = `camtune_${options.name.replace(/\W/g, '_')}_${nextFunction++}`;
    const emitted = emit(engine, name, recorded, options.precision, (variable) => variables.use(variable));
    if (++traces === MANY_TRACES) {
      options.onNote(`${options.name}: traced ${traces} times; arguments whose shapes keep changing cost a trace each`);
    }
    return { function: emitted, rebuild: recorded.result.rebuild, outputs: recorded.outputs.length };
  };

  return {
    call(args) {
      // Inside another trace, the operations become part of that one.
      if (activeTrace()) return fn(...(args as never[]));
      const given = flatten(args);
      let graph = graphs.get(given.signature);
      if (!graph) graphs.set(given.signature, (graph = build(given)));
      variables.refresh(graph.function.resident);
      const results = execute(backend, graph, given.leaves, [options.seed, calls++]);
      return graph.rebuild(results.map((result) => backend.createOutputTensor(result)));
    },
    traces: () => traces,
    dispose() {
      for (const { function: emitted } of graphs.values()) {
        engine.removeFunction(emitted.name);
        variables.release(emitted.resident);
        emitted.inputs.forEach((source) => source.kind === 'captured' && source.tensor.dispose());
      }
      graphs.clear();
    },
  };
}

function execute(backend: NodeBackend, graph: Graph, leaves: readonly Leaf[], seed: [number, number]) {
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
        if (source.variable.isDisposed) throw new Error(`compile: variable ${source.variable.name} was disposed`);
        return backend.getInputTensorIds([source.variable])[0]!;
      case 'captured':
        return backend.getInputTensorIds([source.tensor])[0]!;
      case 'argument': {
        const leaf = leaves[source.index]!;
        return isPixels(leaf) ? upload(leaf.shape, TF.UINT8, leaf.pixels) : backend.getInputTensorIds([leaf])[0]!;
      }
    }
  };
  try {
    const { name, inputs } = graph.function;
    // An empty configuration, but one that is there, makes TensorFlow optimise the graph.
    return binding.executeOp(name, [{ name: 'config_proto', type: TF.string, value: '' }], inputs.map(idOf), graph.outputs);
  } catch (error) {
    throw withOperation(error as Error, graph.function.name);
  } finally {
    temporary.forEach((id) => binding.deleteTensor(id));
  }
}

/** TensorFlow names the node as `{{node Conv2D_12}}` or `node name/Conv2D_12`: the op's name stands in it. */
function withOperation(error: Error, name: string): Error {
  const node = /\{\{(?:function_)?node ([^}]+)\}\}/g;
  const nodes = [...error.message.matchAll(node)].map((match) => match[1]!.split('/').pop()!);
  const op = nodes.map((found) => /^(\w+?)_\d+$/.exec(found)?.[1]).find(Boolean);
  const message = error.message.replace(/^Invalid TF_Status: \d+\s*Message: /, '');
  return new Error(`${name}: ${op ? `op ${op}: ` : ''}${message}`, { cause: error });
}

