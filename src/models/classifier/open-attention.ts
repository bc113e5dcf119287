import type * as tf from '@tensorflow/tfjs-core';
import { operationOf, type Graph, type Layer, type Step } from './graph.js';

/** A layer that attends in one go and can do it in two halves. By shape, not by class: others may bring their own. */
interface AttentionLayer extends Layer {
  /** Its input → whom each token attends to, [N, heads, T, T]. */
  attention(x: tf.Tensor): tf.Tensor;
  /** Its input and an attention → its output. */
  attend(x: tf.Tensor, attention: tf.Tensor): tf.Tensor;
}

/** A graph whose attention can be looked at. */
export interface OpenGraph {
  /** The same, but that layers of attention are two steps each, between which the attention is a value. */
  graph: Graph;
  /** The steps that give an attention, in their order, and the steps that use it. */
  attention: { makes: Step; uses: Step }[];
}

/**
 * Finds where a network attends: layers of attention, which are taken apart, and softmaxes of square matrices that
 * something else is multiplied with, as networks from ONNX have them. The graph given stays as it is.
 */
export function openAttention(graph: Graph): OpenGraph {
  let values = 1 + Math.max(graph.input, ...graph.steps.flatMap(({ outputs }) => outputs));
  const halves = graph.steps.map((step) =>
    isAttention(step.layer) ? split(step, step.layer, values++) : [step],
  );
  const steps = halves.flat();
  const attention = steps.flatMap((step) => {
    if (!givesAttention(step)) return [];
    const makes = withoutNaN(steps, step) ?? step;
    const uses = consumer(steps, makes);
    return uses ? [{ makes, uses }] : [];
  });
  return { graph: { ...graph, steps }, attention };
}

function isAttention(layer: Layer): layer is AttentionLayer {
  const { attention, attend } = layer as Partial<AttentionLayer>;
  return typeof attention === 'function' && typeof attend === 'function';
}

function split(step: Step, layer: AttentionLayer, value: number): Step[] {
  const [input] = step.inputs as [number];
  const tokens = step.shape[1]!;
  return [
    {
      ...step,
      outputs: [value],
      shape: [null, null, tokens, tokens],
      compute: ([x]) => [layer.attention(x!)],
    },
    { ...step, inputs: [input, value], compute: ([x, attention]) => [layer.attend(x!, attention!)] },
  ];
}

/** [N, heads, T, T], or [N · heads, T, T]. */
function givesAttention({ layer, shape, compute }: Step): boolean {
  const [rows, columns] = shape.slice(-2);
  const isSquare = (shape.length === 3 || shape.length === 4) && rows === columns && (rows ?? 0) > 1;
  return isSquare && (isSoftmax(layer, shape.length - 1) || (compute !== undefined && shape.length === 4));
}

/** Over the last axis, as tfjs has it or as our layers of ONNX. */
function isSoftmax(layer: Layer, last: number): boolean {
  if (layer.getClassName() === 'Softmax') return true;
  const { attributes } = (layer as { given?: { attributes: { axis?: number } } }).given ?? {};
  return operationOf(layer) === 'softmax' && attributes?.axis === last;
}

/** The step that puts 0 where a softmax is NaN, since all is masked: PyTorch's dynamo exporter writes one where there is a mask. */
function withoutNaN(steps: readonly Step[], { outputs: [value] }: Step): Step | undefined {
  const users = steps.filter(({ inputs }) => inputs.includes(value!));
  const tests = users.find(({ layer }) => operationOf(layer) === 'isNaN');
  const chooses = users.find(({ layer }) => operationOf(layer) === 'where');
  const isBoth = users.length === 2 && tests && chooses?.inputs.includes(tests.outputs[0]!);
  return isBoth ? chooses : undefined;
}

/** The one step that multiplies an attention with something. */
function consumer(steps: readonly Step[], { outputs: [value] }: Step): Step | undefined {
  const users = steps.filter(({ inputs }) => inputs.includes(value!));
  const [user] = users;
  if (users.length !== 1 || !user) return undefined;
  if (user.inputs.length === 2) return user;
  return user.layer.getClassName() === 'Dropout' ? consumer(steps, user) : undefined;
}
