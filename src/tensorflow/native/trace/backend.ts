import * as tf from '@tensorflow/tfjs-core';
import { typedValues } from '../runtime/dtypes.js';
import { type Attribute, type Binding, type NodeBackend, TF } from '../runtime/engine.js';
import type { RandomTensor } from './random-numbers.js';
import { drawn, multinomial } from './random-operations.js';
import type { Recording } from './recording.js';
import { isSymbol } from '../runtime/symbols.js';
import { checkedOutput, type TraceValues } from './values.js';
import { unchanged } from './unchanged.js';

/**
 * Makes the backend record what it is asked for instead of computing it.
 *
 * @param recognize what a tensor of that size was to be filled with, where that was random numbers
 * @returns what makes it compute again
 */
export function recordOn(
  backend: NodeBackend,
  recording: Recording,
  values: TraceValues,
  recognize: (size: number) => RandomTensor | undefined,
): () => void {
  const { binding, write } = backend;
  const { symbol, behind } = values;

  const drawAnew = (dataId: object): void => {
    const entry = backend.tensorMap.get(dataId);
    const found = recognize(tf.util.sizeFromShape(entry.shape));
    if (!found) return;
    // What was written in its place means nothing.
    entry.values = null;
    entry.id = symbol(drawn(recording, found, entry.shape, entry.dtype));
  };
  const overrides: Partial<NodeBackend> = {
    getInputTensorIds: (tensors) => tensors.map(values.symbolOf),
    write(content, shape, dtype) {
      const dataId = write.call(backend, content, shape, dtype);
      values.noteMade(dataId);
      // At once: the next tensor may be drawn before this one is used.
      if (ArrayBuffer.isView(content)) drawAnew(dataId);
      return dataId;
    },
    binding: {
      ...allProperties(binding),
      executeOp(name, attributes, ids, count) {
        if (name === 'Multinomial' && unseeded(attributes)) {
          const value = multinomial(recording, ids.map(behind));
          return [{ id: symbol(value), dtype: TF.INT32, shape: checkedOutput(value).shape }];
        }
        const node = recording.add(name, attributes, ids.map(behind));
        return node.outputs.slice(0, count).map((_, output) => {
          const value = unchanged(node) ?? { node, output };
          const { dtype, shape } = checkedOutput(value);
          return { id: symbol(value), dtype, shape };
        });
      },
      createTensor(shape, dtype, content) {
        const constant = { shape: [...shape], dtype, values: typedValues(content, dtype) };
        return symbol(recording.constant(constant));
      },
      tensorDataSync(id) {
        const op = isSymbol(id) ? behind(id).node.op : 'a variable or a captured tensor';
        throw new Error(
          `compile: the function reads the value of ${op} (dataSync, data, arraySync or a branch on data); ` +
            'a compiled function may only compute with tensors',
        );
      },
      deleteTensor: (id) => void (id >= 0 && binding.deleteTensor(id)),
    },
  };
  Object.assign(backend, overrides);
  return () => {
    // The methods are those of the backend's class again.
    delete (backend as Partial<NodeBackend>).getInputTensorIds;
    delete (backend as Partial<NodeBackend>).write;
    backend.binding = binding;
  };
}

/** The addon's properties are not enumerable. */
function allProperties(binding: Binding): Binding {
  const entries = Object.getOwnPropertyNames(binding).map((name) => [name, binding[name as keyof Binding]]);
  return Object.fromEntries(entries) as Binding;
}

/** tfjs-node passes on a seed that stands for "none" as a number below 1, which the runtime cuts off to 0. */
function unseeded(attributes: readonly Attribute[]): boolean {
  return attributes.some(({ name, value }) => name === 'seed' && Math.trunc(value as number) === 0);
}
