import type { Graph, Layer, Step } from './graph.js';

/** How a network ends: the step whose softmax or sigmoid is left out to get logits, if there is one. */
export interface Ending {
  /** This step's activation is left out. */
  stripped?: Step;
  probability: 'softmax' | 'sigmoid';
  notes: string[];
}

const passThrough = new Set(['Flatten', 'Reshape', 'Dropout']);
const nonLinear = { softmax: 'softmax', logSoftmax: 'softmax', sigmoid: 'sigmoid' } as const;

/** Finds the softmax or sigmoid at a network's end, be it a layer of its own or the activation of its last layer. */
export function findEnding(graph: Graph, classes: number): Ending {
  let value = graph.output;
  for (const step of [...graph.steps].reverse()) {
    if (!step.outputs.includes(value)) continue;
    if (passThrough.has(step.layer.getClassName())) {
      value = step.inputs[0]!;
      continue;
    }
    const activation = activationName(step.layer);
    // Behind a reshape, a softmax over a part of the classes is not the network's softmax.
    if (activation in nonLinear && step.shape.at(-1) === classes) {
      const probability = nonLinear[activation as keyof typeof nonLinear];
      const notes = [`${activation} of layer '${step.layer.name}' left out to get logits`];
      return { stripped: step, probability: classes === 1 ? 'sigmoid' : probability, notes };
    }
    const notes =
      activation === 'linear'
        ? []
        : [`the last layer's ${activation} is kept: its output is taken as logits`];
    return { probability: classes === 1 ? 'sigmoid' : 'softmax', notes };
  }
  return { probability: classes === 1 ? 'sigmoid' : 'softmax', notes: [] };
}

/** Whether a layer is nothing but its activation. */
export function isActivation(layer: Layer): boolean {
  return ['Activation', 'Softmax'].includes(layer.getClassName());
}

/** Calls a function while a layer's activation is the identity; the layer is as before afterwards. */
export function withoutActivation<T>(layer: Layer, call: () => T): T {
  const open = layer as Layer & { activation: object };
  const { activation } = open;
  open.activation = { getClassName: () => 'linear', apply: (x: unknown) => x };
  try {
    return call();
  } finally {
    open.activation = activation;
  }
}

function activationName(layer: Layer): string {
  if (layer.getClassName() === 'Softmax') return 'softmax';
  const { activation } = layer as { activation?: { getClassName(): string } };
  return activation?.getClassName() ?? 'linear';
}
