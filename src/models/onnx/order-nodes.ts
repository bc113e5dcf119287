import { Failure, show } from '../../errors.js';
import type { OnnxNode } from './messages.js';

/**
 * The nodes that an output needs, each behind those that it needs itself.
 *
 * @param given names of values that no node has to make
 * @throws Failure where a value has two makers or none, or nodes need each other in a circle
 */
export function orderNodes(
  nodes: OnnxNode[],
  output: string,
  given: ReadonlySet<string>,
  path: string,
): OnnxNode[] {
  const makers = new Map<string, OnnxNode>();
  for (const node of nodes) {
    for (const name of node.output) {
      if (name === '') continue;
      if (makers.has(name) || given.has(name))
        throw new Failure(`${path}: two things give the value ${show(name)}`);
      makers.set(name, node);
    }
  }
  const ordered: OnnxNode[] = [];
  const state = new Map<OnnxNode, 'open' | 'done'>();
  const open: { node: OnnxNode; next: number }[] = [];
  const enter = (name: string): void => {
    if (name === '' || given.has(name)) return;
    const node = makers.get(name);
    if (!node) throw new Failure(`${path}: no node gives the value ${show(name)}, which another needs`);
    const found = state.get(node);
    if (found === 'open')
      throw new Failure(`${path}: its nodes need each other in a circle, through ${show(name)}`);
    if (found === 'done') return;
    state.set(node, 'open');
    open.push({ node, next: 0 });
  };
  enter(output);
  for (let last = open.at(-1); last; last = open.at(-1)) {
    const { node } = last;
    if (last.next < node.input.length) {
      enter(node.input[last.next++]!);
    } else {
      state.set(node, 'done');
      ordered.push(node);
      open.pop();
    }
  }
  return ordered;
}
