import * as tf from '@tensorflow/tfjs-core';
import { numberOf } from '../runtime/dtypes.js';
import type { EagerValues } from '../runtime/eager-values.js';
import { type Attribute, typeAttribute } from '../runtime/engine.js';
import type { Node, Recording, Value } from './recording.js';
import type { TraceValues } from './values.js';

/** A variable or a kept tensor that came into being in a trace. */
export interface Created {
  tensor: tf.Tensor;
  /** What it is to start with, where that must be computed first. */
  initial: Value | undefined;
  /** A tensor that the function both kept and returned. */
  isReturned: boolean;
}

/** The variables of a trace: each write makes a version, and every read says which one it sees. */
export interface TraceState {
  /** Records an operation that updates variables in place. */
  update(op: string, attributes: Attribute[], variables: tf.Variable[], inputs: tf.Tensor[]): void;
  /** Puts what the function has assigned into the runtime's copies. */
  settleAll(): void;
  /** Variables that the function changed, with the write that left their final value. */
  assigned: Map<tf.Variable, Node>;
}

/** @param before the values that variables have in eager code */
export function traceState(recording: Recording, values: TraceValues, before: EagerValues): TraceState {
  const versions = new Map<tf.Variable, Node>();

  /** Puts a variable's present value into the runtime's copy, if it is not there. */
  const settle = (variable: tf.Variable): void => {
    const atStart = before.of(variable);
    // Whoever took the value that the call began with may use it later: it is read before it is overwritten.
    if (atStart && !versions.has(variable)) values.symbolOf({ dataId: atStart });
    const value = values.valueOf(variable);
    const after = versions.get(variable);
    const { source, reads } = value.node;
    const isThere = after
      ? reads?.variable === variable && reads.after === after
      : source?.kind === 'variable' && source.variable === variable;
    if (isThere) return;
    const attributes = [typeAttribute('dtype', numberOf(variable.dtype))];
    versions.set(variable, recording.write('AssignVariableOp', attributes, [{ variable, after }], [value]));
  };
  return {
    update(op, attributes, targets, inputs) {
      targets.forEach(settle);
      const given = inputs.map(values.valueOf);
      const writes = targets.map((variable) => ({ variable, after: versions.get(variable) }));
      const write = recording.write(op, attributes, writes, given);
      for (const variable of targets) {
        versions.set(variable, write);
        const next = values.asTensor(recording.readAfter(write, variable, numberOf(variable.dtype)));
        variable.assign(next);
        next.dispose();
      }
    },
    settleAll() {
      for (const variable of before.alive()) {
        if (variable.dataId !== before.of(variable) || versions.has(variable)) settle(variable);
      }
    },
    assigned: versions,
  };
}

/**
 * Watches tfjs for what a function makes to outlive its call: variables, and tensors that it keeps.
 *
 * @returns `created`, given the function's results, and what ends the watch
 */
export function watchCreated(values: TraceValues, before: EagerValues) {
  const tfjs = tf.engine();
  const variables: Created[] = [];
  const kept: tf.Tensor[] = [];
  const initial = (tensor: tf.Tensor): Value | undefined =>
    values.isPending(tensor) ? values.valueOf(tensor) : undefined;

  const makeVariable = tfjs.makeVariable.bind(tfjs);
  tfjs.makeVariable = (value, ...rest) => {
    const variable = makeVariable(value, ...rest);
    before.hold(variable);
    variables.push({ tensor: variable, initial: initial(variable), isReturned: false });
    return variable;
  };
  tfjs.keep = (tensor) => {
    tensor.kept = true;
    // Inside of kernels tfjs keeps what gradients need, and drops it itself.
    if (kernelDepth(tfjs) === 0) kept.push(tensor);
    return tensor;
  };
  return {
    created(results: readonly unknown[]): Created[] {
      const returned = new Set(results);
      const tensors = kept.filter((tensor) => !tensor.isDisposed && values.isPending(tensor));
      return [
        ...variables.filter(({ tensor }) => !tensor.isDisposed),
        ...tensors.map((tensor) => ({
          tensor,
          initial: initial(tensor),
          isReturned: returned.has(tensor),
        })),
      ];
    },
    stop(): void {
      // The methods are those of tfjs's class again.
      delete (tfjs as Partial<typeof tfjs>).makeVariable;
      delete (tfjs as Partial<typeof tfjs>).keep;
    },
  };
}

/** A field of tfjs's engine that its types hide. */
function kernelDepth(engine: ReturnType<typeof tf.engine>): number {
  return (engine as unknown as { state: { kernelDepth: number } }).state.kernelDepth;
}
