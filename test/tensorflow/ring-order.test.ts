import { expect } from 'chai';
import type { Node } from '../../src/tensorflow/native/trace/recording.js';
import { ringOrder } from '../../src/tensorflow/native/graph/ring-order.js';

/** Nodes in recorded order, by name: those of the ring begin with "ring", those that write a variable with "write". */
function record(...nodes: [name: string, ...inputs: string[]][]): Node[] {
  const made = new Map<string, Node>();
  for (const [name, ...inputs] of nodes)
    made.set(name, {
      index: made.size,
      op: name.startsWith('ring') ? 'CamtuneRingReduce' : 'Relu',
      attributes: [{ name, type: 0, value: 0 }],
      inputs: inputs.map((input) => ({ node: made.get(input)!, output: 0 })),
      outputs: [],
      ...(name.startsWith('write') && { writes: [{}] }),
    } as unknown as Node);
  return [...made.values()];
}

describe('calls of the ring in a function', () => {
  it('go out in the order in which what they need is there: gradients before the sums of further norms', () => {
    const nodes = record(
      ['loss'],
      ['ring tally', 'loss'],
      ['ring norm 3', 'loss'],
      ['gradient 3', 'ring norm 3'],
      ['ring norm 2', 'gradient 3'],
      ['weights 3', 'gradient 3'],
      ['gradient 2', 'ring norm 2'],
      ['ring norm 1', 'gradient 2'],
      ['weights 2', 'gradient 2'],
      ['ring weights 3', 'weights 3'],
      ['ring weights 2', 'weights 2'],
    );
    const order = ringOrder(nodes);
    const names = order.map(({ attributes }) => attributes[0]!.name);
    expect(names.filter((name) => name.startsWith('ring'))).to.deep.equal([
      'ring tally',
      'ring norm 3',
      'ring norm 2',
      'ring weights 3',
      'ring norm 1',
      'ring weights 2',
    ]);
    order.forEach(({ inputs }, at) => inputs.forEach(({ node }) => expect(order.indexOf(node)).to.be.below(at))); // prettier-ignore
    expect(order.toSorted((a, b) => a.index - b.index)).to.deep.equal(nodes);
  });

  it('stay as they were recorded where none waits without need, or one would overtake a write', () => {
    for (const nodes of [
      record(['a'], ['ring 1', 'a'], ['b'], ['ring 2', 'b'], ['ring 3', 'ring 1']),
      record(['a'], ['ring 1', 'a'], ['ring 2', 'ring 1'], ['write', 'a'], ['ring 3', 'write']),
    ])
      expect(ringOrder(nodes)).to.equal(nodes);
  });
});
