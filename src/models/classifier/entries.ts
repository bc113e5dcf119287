import { operationOf, type Graph, type Shape, type Step } from './graph.js';

/**
 * How many entries of its first axis each value has for an image: windows and parts of patches are batches of their own, of
 * which an image has several. Only reshapes of ONNX files change it.
 */
export function entriesPerImage({ input, steps }: Pick<Graph, 'input' | 'steps'>): Map<number, number> {
  const found = new Map([[input, 1]]);
  const shapes = new Map<number, Shape>();
  for (const step of steps) {
    const entries = Math.max(...step.inputs.map((value) => found.get(value) ?? 1));
    const before = shapes.get(step.inputs[0]!);
    for (const output of step.outputs) found.set(output, entries * timesMore(step, before));
    shapes.set(step.outputs[0]!, step.shape);
  }
  return found;
}

function timesMore({ layer, shape }: Step, before: Shape | undefined): number {
  if (operationOf(layer) !== 'reshape' || !before) return 1;
  const times = sizeOf(before) / sizeOf(shape);
  return Number.isFinite(times) ? times : 1;
}

function sizeOf(shape: Shape): number {
  return shape.slice(1).reduce<number>((product, size) => product * (size ?? NaN), 1);
}
