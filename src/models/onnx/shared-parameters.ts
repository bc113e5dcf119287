import type { OnnxNode } from './messages.js';
import type { Value } from './values.js';

/** Parameters to be made tensors, and when. */
export interface SharedParameters {
  /** In an order in which `like` is there before what is made of a parameter. */
  nodes: OnnxNode[];
  /** What is to be made before a node: the parameter's name, and that of a value which has the images. */
  before: ReadonlyMap<OnnxNode, readonly { name: string; like: string }[]>;
}

/** Operators whose parameters are a layer's own. */
const layered =
  /^(Conv|ConvTranspose|Gemm|PRelu|(Batch|Instance|Group|Layer|SimplifiedLayer|RMS)Normalization)$/;

/**
 * Finds parameters [1, ...] that several operators take as a value, such as a class token that is both joined to the
 * patches and added to what comes out. Each operator would have a weight of its own otherwise, and these would be
 * trained apart. Of other parameters it is what is made of them before their ways part, such as a gate [heads] as
 * [1, heads, 1, 1]: whether that is [1, ...] is seen when it is made.
 */
export function sharedParameters(
  nodes: readonly OnnxNode[],
  values: ReadonlyMap<string, Value>,
): SharedParameters {
  const { made, uses } = parameterUses(nodes, values);
  const apart = new Set(
    [...uses].flatMap(([name, list]) => {
      const { shape } = values.get(name)!;
      const isValue = list.length > 1 && list.every((node) => !layered.test(node.op_type));
      if (!isValue) return [];
      return shape.length > 1 && shape[0] === 1 ? [name] : whereWaysPart(nodes, made, name);
    }),
  );
  const delayed = new Map<string, OnnxNode>();
  for (const node of nodes) {
    const isConstant = node.output.every((name) => made.has(name));
    if (isConstant && node.input.some((name) => apart.has(name) || delayed.has(name)))
      for (const name of node.output) delayed.set(name, node);
  }
  const ordered = new Set<OnnxNode>();
  const before = new Map<OnnxNode, { name: string; like: string }[]>();
  const begun = new Set<string>();
  const emit = (node: OnnxNode, like: string): void => {
    for (const name of node.input) {
      const maker = delayed.get(name);
      if (maker && !ordered.has(maker)) emit(maker, like);
      if (!apart.has(name) || begun.has(name)) continue;
      begun.add(name);
      before.set(node, [...(before.get(node) ?? []), { name, like }]);
    }
    ordered.add(node);
  };
  for (const node of nodes) {
    if (node.output.some((name) => delayed.has(name))) continue;
    emit(node, node.input.find((name) => name !== '' && !made.has(name)) ?? '');
  }
  return { nodes: [...ordered], before };
}

/** The last value that everything goes through that is made of a parameter; none where its ways part at once. */
function whereWaysPart(
  nodes: readonly OnnxNode[],
  made: ReadonlyMap<string, unknown>,
  parameter: string,
): string[] {
  let [last, name] = ['', parameter];
  for (;;) {
    const [user, ...others] = nodes.filter(({ input }) => input.includes(name));
    const [output] = user?.output ?? [];
    if (others.length > 0 || user?.output.length !== 1 || !made.has(output!))
      return last === '' ? [] : [last];
    last = name = output!;
  }
}

/** What is computed of parameters alone, and the nodes that take a parameter beside something else. */
function parameterUses(nodes: readonly OnnxNode[], values: ReadonlyMap<string, Value>) {
  const made = new Map<string, ReadonlySet<string>>();
  for (const [name, value] of values) {
    if (value.kind !== 'constant') continue;
    const isTrained = value.parameter !== undefined && value.type === 'float';
    made.set(name, new Set(isTrained ? [name] : []));
  }
  const uses = new Map<string, OnnxNode[]>();
  for (const node of nodes) {
    const inputs = node.input.filter((name) => name !== '');
    const parameters = new Set(inputs.flatMap((name) => [...(made.get(name) ?? [])]));
    if (node.op_type === 'Shape') node.output.forEach((name) => made.set(name, new Set()));
    else if (inputs.every((name) => made.has(name)))
      node.output.forEach((name) => made.set(name, parameters));
    else for (const name of parameters) uses.set(name, [...(uses.get(name) ?? []), node]);
  }
  return { made, uses };
}
