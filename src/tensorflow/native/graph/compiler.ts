import * as tf from '@tensorflow/tfjs-core';
import type { CompiledOnBackend, CompileOptions, Compiler } from '../../compile.js';
import { checkPixels, isPixels } from '../../pixels.js';
import { flatten, type Flattened, type Leaf } from '../../structure.js';
import { communicating } from '../runtime/communication.js';
import type { Input } from './emit.js';
import type { EmitOptions } from './plan.js';
import { type Engine, type NodeBackend, TF } from '../runtime/engine.js';
import { emptyGraphs, type Graph, type Variables } from './graphs.js';
import { type Trace, activeTrace, trace } from '../trace/trace.js';
import type { Created } from '../trace/state.js';
import { residentVariables } from '../runtime/variables.js';

/** New traces of one function from which on a note is given: shapes that never repeat make tracing the main work. */
const MANY_TRACES = 8;

let nextFunction = 0;

/** What the runtime has beside TensorFlow's own operations, and the processor. */
export type Features = Pick<EmitOptions, 'fused' | 'gains'>;

/** The compiler of a native backend: functions become TensorFlow functions in the backend's own context. */
export function nativeCompiler(engine: Engine, backend: NodeBackend, features: Features): Compiler {
  const variables = residentVariables(backend);
  return {
    tracing: () => activeTrace() !== undefined,
    trace: activeTrace,
    inPrecision(precision, fn) {
      const trace = activeTrace();
      return trace ? trace.inPrecision(precision, fn) : fn();
    },
    compile: (fn, options) => compiledFunction(engine, backend, features, variables, fn, options),
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
  features: Features,
  variables: Variables,
  fn: (...args: never[]) => unknown,
  options: Required<CompileOptions>,
): CompiledOnBackend {
  const graphs = emptyGraphs(engine, variables);
  let traces = 0;
  let calls = 0;

  const emitted = (recorded: Trace): Graph =>
    graphs.build(`camtune_${options.name.replace(/\W/g, '_')}_${nextFunction++}`, recorded, {
      precision: options.precision,
      foldBatchNorms: !backend.isUsingGpuDevice,
      ...features,
    });
  const run = (graph: Graph, args: Flattened, call: number) => {
    variables.refresh(graph.function.resident);
    return execute(backend, variables, options.name, graph, args.leaves, [options.seed, call]);
  };

  /** What the function makes to keep (slots of an optimizer, a table) gets its value of this call. */
  const initialize = (recorded: Trace, args: Flattened): void => {
    const pending = recorded.created.filter(({ tensor, initial }) => initial && !tensor.isDisposed);
    const outputs = pending.map(({ initial }) => initial!);
    const graph = emitted({ ...recorded, outputs, assigned: new Map() });
    // The value may hang on updates in place, which the call itself will make.
    const before = graph.function.resident
      .filter((variable) => !pending.some(({ tensor }) => tensor === variable))
      .map((variable) => [variable, variable.clone()] as const);
    try {
      const values = run(graph, args, calls);
      const given = new Set<object>();
      pending.forEach(({ tensor: { dataId } }, index) => {
        const { id } = values[index]!;
        // A variable made of another one shares its data.
        if (given.has(dataId)) backend.binding.deleteTensor(id);
        else backend.tensorMap.get(dataId).id = id;
        given.add(dataId);
      });
    } catch (error) {
      // The next call with such arguments may succeed: the graph goes, what it captured stays for another.
      graphs.unfinished.set(args.signature, recorded);
      graphs.free({ ...graph, captured: [] });
      throw error;
    } finally {
      for (const [variable, value] of before) {
        variable.assign(value);
        value.dispose();
      }
    }
    graphs.unfinished.delete(args.signature);
    graphs.free(graph);
  };
  const traced = (args: Flattened): Trace => {
    const recorded = graphs.unfinished.get(args.signature) ?? trace(engine, backend, fn, args);
    const { created, failure } = recorded;
    if (created.length === 0) {
      if (failure === undefined) return recorded;
      tf.dispose(recorded.captured);
      throw failure as Error;
    }
    initialize(recorded, args);
    if (failure !== undefined) throw failure as Error;
    const again = trace(engine, backend, fn, args);
    const [handedOver, remade] = partition(again.created, ({ isReturned }) => isReturned);
    if (handedOver.length > 0) {
      // Kept for the caller, who gets tensors of its own: what nobody has looked up since goes with them.
      const before = created.filter(({ tensor, isReturned }) => isReturned && !again.uses(tensor));
      tf.dispose([...before, ...handedOver].map(({ tensor }) => tensor));
    }
    if (remade.length === 0 && again.failure === undefined) return again;
    if (remade.length > 0) tf.dispose([...created, ...remade].map(({ tensor }) => tensor));
    tf.dispose(again.captured);
    throw (again.failure as Error | undefined) ?? new Error(`compile: ${atEveryCall(remade[0]!)}`);
  };
  const build = (args: Flattened): Graph => {
    const recorded = traced(args);
    recorded.warnings.forEach((warning) => options.onNote(`${options.name}: ${warning}`));
    const graph = emitted(recorded);
    if (++traces === MANY_TRACES) {
      options.onNote(
        `${options.name}: traced ${traces} times; arguments whose shapes keep changing cost a trace each`,
      );
    }
    graphs.set(args.signature, graph);
    return graph;
  };

  return {
    call(args) {
      const given = flatten(args);
      const graph = graphs.get(given.signature) ?? build(given);
      const results = run(graph, given, calls++);
      return graph.rebuild(results.map((result) => backend.createOutputTensor(result)));
    },
    traces: () => traces,
    graphs,
  };
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function atEveryCall({ tensor }: Created): string {
  if (tensor instanceof tf.Variable) {
    return `the function makes a variable at every call (${tensor.name}); it may make one at its first call and keep it`;
  }
  return (
    `the function keeps a tensor [${tensor.shape.join()}] at every call (tf.keep, a stateful layer); it may keep one at ` +
    'its first call; what changes from call to call belongs in a tf.Variable'
  );
}

function execute(
  backend: NodeBackend,
  variables: Variables,
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
  const idOf = (source: Input): number => {
    switch (source.kind) {
      case 'handle':
        return variables.handle(source.variable);
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
    const { name, inputs, communicates } = graph.function;
    const ids = inputs.map(idOf);
    // An empty configuration, but one that is there, makes TensorFlow optimize the graph.
    const configuration = [{ name: 'config_proto', type: TF.string, value: '' }];
    const run = () => binding.executeOp(name, configuration, ids, graph.outputs);
    return communicates ? communicating(run) : run();
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
