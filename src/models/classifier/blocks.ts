import type { LayersModel } from '@tensorflow/tfjs-layers';
import { bypasses, flatten, imageOf, operationOf, plan, type Graph, type Shape, type Step } from './graph.js';
import { openAttention } from './open-attention.js';
import { placesOf } from './places.js';

/** One block of a transformer: what goes into it and what comes out are [N, T, D]. */
export interface Block {
  /** The value that goes in. */
  input: number;
  /** The value that queries, keys and values are made of: behind the first norm, where there is one. */
  seen: number;
  /** The attention, [N, heads, T, T] or [N · heads, T, T]. */
  attention: number;
  output: number;
}

/** A vision transformer, seen as blocks; values are of `graph`, which has those of the graph it was made of. */
export interface Blocks {
  graph: Graph;
  blocks: Block[];
  /** Tokens before those of the patches: class token, registers. */
  prefix: number;
  /** Rows and columns of patches. */
  grid: [rows: number, columns: number];
  /** What the network's end looks at: the class token, or the patches (their mean). */
  reads: 'class' | 'patches';
}

/**
 * Finds the blocks of a vision transformer, whoever built it: each attends once from all tokens to all tokens and adds
 * what it finds to a stream [N, T, D], through which everything goes that leads from one block to the next. The patches
 * are the last tokens, as many as the last convolution before the blocks has positions.
 *
 * @returns undefined where the network is none, or attends otherwise (within windows, say)
 */
export function findBlocks(whole: Graph): Blocks | undefined {
  const { graph, attention } = openAttention(whole);
  if (attention.length === 0) return undefined;
  const { steps } = graph;
  const places = attention.map(({ makes }) => steps.indexOf(makes));
  const cuts = bottlenecks(steps, graph).filter((place) => steps[place]!.shape.length === 3);
  const ends = [...places.slice(1), steps.length];
  const first = cuts.findLast((place) => place < places[0]!);
  if (first === undefined) return undefined;
  const { shape } = steps[first]!;
  const like = (step: Step) => sameShape(step.shape, shape);
  const adds = cuts.filter((place) => like(steps[place]!) && new Set(steps[place]!.inputs).size > 1);
  const outputs = places.map((place, block) => adds.findLast((add) => add > place && add < ends[block]!));
  if (outputs.includes(undefined)) return undefined;
  const stream = [first, ...(outputs as number[])].map((place) => steps[place]!.outputs[0]!);

  const tokens = shape[1];
  if (!tokens || attention.some(({ makes }) => makes.shape.at(-1) !== tokens)) return undefined;
  const patches = patchesBefore(steps.slice(0, first + 1), tokens) ?? patchesOf(graph, steps[first]!);
  if (!patches) return undefined;
  const blocks = attention.map(({ makes, uses }, index): Block => {
    const input = stream[index]!;
    const inside = plan(graph, [input], uses.outputs)?.steps ?? [];
    const narrow = bottlenecks(inside, { input, output: uses.outputs[0]! });
    const seen = narrow.findLast((place) => inside[place] !== uses && like(inside[place]!));
    return {
      input,
      seen: seen === undefined ? input : inside[seen]!.outputs[0]!,
      attention: makes.outputs[0]!,
      output: stream[index + 1]!,
    };
  });
  const tail = plan(graph, [stream.at(-1)!], [graph.output])!.steps;
  const takesToken = tail.some((step) => step.layer.getClassName() === 'TakeToken' || cutsOneToken(step));
  return { graph, blocks, ...patches, reads: patches.prefix > 0 && takesToken ? 'class' : 'patches' };
}

/** How deep a transformer's layers lie. */
export interface LayerDepths {
  /** By name: 0 before the blocks, 1 in the first, `blocks` + 1 behind the last. */
  depths: Map<string, number>;
  blocks: number;
}

/**
 * How deep the layers of a vision transformer lie, whoever built it.
 *
 * @returns undefined where the network is none
 */
export function layerDepths(model: LayersModel): LayerDepths | undefined {
  const found = findBlocks(flatten(model));
  if (!found) return undefined;
  const { blocks, graph: open } = found;
  const streams = [blocks[0]!.input, ...blocks.map(({ output }) => output), open.output];
  const depths = new Map<string, number>();
  streams.forEach((value, depth) => {
    const from = depth === 0 ? open.input : streams[depth - 1]!;
    for (const { layer } of plan(open, [from], [value])?.steps ?? [])
      if (!depths.has(layer.name)) depths.set(layer.name, depth);
  });
  return { depths, blocks: blocks.length };
}

/** What leads to a value past another one, as in `bypasses`, beside it. */
export function pastAttention({ graph }: Blocks, { attention, output }: Block): number[] {
  return bypasses(graph, attention, output);
}

/** The places of steps behind which nothing but their output leads on to the end. */
export function bottlenecks(
  steps: readonly Step[],
  { input, output }: Pick<Graph, 'input' | 'output'>,
): number[] {
  const lastUse = new Map<number, number>([[output, steps.length]]);
  steps.forEach(({ inputs }, place) => inputs.forEach((value) => lastUse.set(value, place)));
  lastUse.set(output, steps.length);
  const alive = new Set([input]);
  const found: number[] = [];
  steps.forEach(({ inputs, outputs }, place) => {
    for (const value of inputs) if (lastUse.get(value) === place) alive.delete(value);
    for (const value of outputs) if (lastUse.has(value)) alive.add(value);
    if (alive.size === 1 && alive.has(outputs[0]!)) found.push(place);
  });
  return found;
}

function patchesBefore(steps: readonly Step[], tokens: number): Pick<Blocks, 'prefix' | 'grid'> | undefined {
  const { shape } = steps.findLast(({ layer }) => layer.getClassName().includes('Conv')) ?? {};
  const [, rows, columns] = shape ?? [];
  if (!rows || !columns || shape!.length !== 4) return undefined;
  const prefix = tokens - rows * columns;
  return prefix >= 0 && prefix < rows * columns ? { prefix, grid: [rows, columns] } : undefined;
}

/** The same without a convolution: the image is taken apart by reshaping, followed from its pixels on. */
function patchesOf(graph: Graph, tokens: Step): Pick<Blocks, 'prefix' | 'grid'> | undefined {
  const image = imageOf(graph);
  const places = image && placesOf(graph, image, [tokens])?.places;
  return places?.order ? undefined : places;
}

/** [N, T, D] → [N, 1, D] or [N, D], by taking a token out, not by a mean. */
function cutsOneToken({ layer, shape }: Step): boolean {
  const operation = operationOf(layer);
  const takes = operation === 'slice' || operation === 'gather';
  return takes && (shape.length === 2 || (shape.length === 3 && shape[1] === 1));
}

function sameShape(one: Shape, other: Shape): boolean {
  return one.length === other.length && one.every((size, axis) => size === other[axis]);
}
