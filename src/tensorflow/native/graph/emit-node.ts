import { type AddOperation, type Attribute, type Endpoint, TF, typeAttribute } from '../runtime/engine.js';
import { isRing } from '../ring/ring.js';
import type { Node, Operation, Source, Value } from '../trace/recording.js';
import type { precisionOf } from './autocast.js';
import { batchNormFolder } from './fusions/fold-batch-norm.js';
import { pointwiseGradient } from './fusions/pointwise.js';
import type { EmissionPlan } from './plan.js';
import type { VariableAccess } from './variable-access.js';

/** Where the outputs of a node are found in the graph. */
export type Ends = (output: number) => Endpoint;

/** The graph that is being made. */
export interface Emission {
  add: AddOperation;
  /** Casts between precisions. */
  types: ReturnType<typeof precisionOf>;
  variables: VariableAccess;
  /** Adds an input of the function, and gives its operation. */
  input(source: Source, attributes: Attribute[]): number;
  plan: EmissionPlan;
}

/** Emits the nodes of a recording, one after the other. */
export interface NodeEmitter {
  emit(node: Node): void;
  /** Of a node that has been emitted. */
  endOf(value: Value): Endpoint;
}

/** What a node becomes; undefined where the rule is not for it. */
type Rule = (node: Node) => Ends | undefined;

export function nodeEmitter({ add, types, variables, input, plan }: Emission): NodeEmitter {
  const ends = new Map<Node, Ends>();
  const endOf = ({ node, output }: Value): Endpoint => ends.get(node)!(output);
  const endsOf = ({ inputs }: Pick<Node, 'inputs'>): Endpoint[] => inputs.map(endOf);
  const inFloat32 = (values: readonly Value[]): Endpoint[] =>
    values.map((value) => types.float32(endOf(value)));
  const emitter = { add, constant: constants(add), place: types.place };
  const batchNorm = batchNormFolder(emitter);

  /** A batch norm that became part of the convolution before it, with the ReLU behind both. */
  const foldedNorm: Rule = (node) => {
    const convolution = plan.folds.get(node);
    if (!convolution) return undefined;
    const statistics = inFloat32(node.inputs.slice(1));
    const own = plan.normed.get(node);
    const operands = endsOf(convolution);
    const folded = single(
      own
        ? batchNorm.within(node, { ...convolution, ...own.operation }, statistics, operands)
        : batchNorm.folded(node, convolution, statistics, operands),
    );
    if (own?.relu) ends.set(own.relu, folded);
    return folded;
  };
  /** What became operations of our own, together with others or by itself. */
  const fusion: Rule = (node) => {
    const fused = plan.fused.get(node);
    if (!fused) return undefined;
    const placed: number[] = [];
    // An operation may take what an earlier one of the same node gives.
    ends.set(node, (output) => {
      const [operation, index] = fused.outputs[output]!;
      return [placed[operation]!, index];
    });
    for (const operation of fused.operations)
      placed.push(types.place(judged(operation, node), endsOf(operation)));
    return ends.get(node);
  };
  const normBesideTanh: Rule = (node) => {
    if (!plan.besideTanh.has(node)) return undefined;
    const [x, ...statistics] = inFloat32(node.inputs);
    return single(batchNorm.apart(node, statistics, x!));
  };
  const given: Rule = (node) => {
    const { source } = node;
    if (!source) return undefined;
    const isResident = source.kind === 'variable' && plan.resident.has(source.variable);
    return single(isResident ? variables.read(source.variable) : input(source, placeholderAttributes(node)));
  };
  const write: Rule = ({ op, inputs, attributes, writes }) => {
    if (!writes) return undefined;
    const values = inFloat32(inputs);
    const changed = writes.map(({ variable }) => variable);
    const handles = changed.map(variables.handle);
    const operation = add(op, [...handles, ...values], attributes, variables.waits(changed, values));
    variables.noteWrite(changed, operation);
    return single(operation);
  };
  const readAgain: Rule = ({ reads }) => {
    if (!reads) return undefined;
    const [after] = ends.get(reads.after)!(0);
    return single(variables.readAgain(reads.variable, after));
  };
  const matrixProduct: Rule = (node) =>
    plan.asProducts.has(node) ? single(pointwiseGradient(emitter, node, endsOf(node))) : undefined;
  /** Those of the ring one at a time, in the same order on all ranks: they have one connection, each takes a thread. */
  let lastOfRing: number[] = [];
  const asItIs: Rule = (node) => {
    const operation = types.place(node, endsOf(node), isRing(node) ? lastOfRing : []);
    if (isRing(node)) lastOfRing = [operation];
    return (output) => [operation, output];
  };

  const rules = [foldedNorm, fusion, normBesideTanh, given, write, readAgain, matrixProduct, asItIs];
  return {
    endOf,
    emit(node) {
      for (const rule of rules) {
        const found = rule(node);
        if (found) return void ends.set(node, found);
      }
    },
  };
}

const single =
  (operation: number): Ends =>
  () => [operation, 0];

/** An operation that stands for a node, as autocast judges it: by the precision and the shapes of the node. */
function judged(operation: Operation, { outputs, precision }: Node) {
  return { ...operation, outputs, ...(precision && { precision }) };
}

/** Adds constants to a graph. */
function constants(add: AddOperation) {
  return (values: Float32Array | Int32Array, shape: number[]): Endpoint => {
    const dtype = values instanceof Float32Array ? TF.FLOAT : TF.INT32;
    const value = { name: 'value', type: TF.tensor, value: { dtype, shape, values } };
    return [add('Const', [], [typeAttribute('dtype', dtype), value]), 0];
  };
}

function placeholderAttributes({ outputs }: Node): Attribute[] {
  const { dtype, shape } = outputs[0]!;
  return [typeAttribute('dtype', dtype), { name: 'shape', type: TF.shape, value: shape }];
}
