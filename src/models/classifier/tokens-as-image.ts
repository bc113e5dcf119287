import { GridTokens, TokenGrid } from '../layers/index.js';
import type { Blocks } from './blocks.js';
import { imageOf, type Graph, type Layer, type Step } from './graph.js';
import { attentionsBehind, goesOnInTokens, lastTokens } from './other-tokens.js';
import { placesOf, type Places } from './places.js';
import { findTarget } from './target-layer.js';

/** A graph in which tokens are seen as an image once. */
export interface Gridded {
  graph: Graph;
  /** The step that gives the image. */
  grid: Step;
  /** The layer whose tokens they are. */
  name: string;
}

/**
 * Lets a transformer's tokens be looked at as an image [N, h, w, D], as our own networks have it built in: behind a
 * layer [N, T, D], two steps take the patches' tokens out and put them back.
 *
 * @param layer whose tokens are looked at; default: what the last block's attention sees, where the network has no grid
 *   of its own
 * @returns undefined where nothing has to be done: the network is no transformer, or the layer gives no tokens, or nobody
 *   knows where in the image they lie
 */
export function withTokenGrid(graph: Graph, found: Blocks | undefined, layer?: string): Gridded | undefined {
  const { steps } = graph;
  if (layer !== undefined) {
    const step = steps.find((each) => named(each.layer, layer) && each.shape.length === 3);
    const places = step && (found ? placesIn(found, step) : otherPlaces(graph, step));
    return places && seenAsImage(graph, step, places);
  }
  if (steps.some((step) => step.layer.getClassName() === 'TokenGrid')) return undefined;
  const end = found && steps.find(({ outputs }) => outputs[0] === found.blocks.at(-1)!.output);
  // Behind its blocks, a network may attend in another way: a class token alone, as in CaiT.
  if (!end || attentionsBehind(graph, end).length > 0) {
    const target = findTarget(graph) ?? imageOf(graph);
    const known = target && placesOf(graph, target, lastTokens(graph, target));
    if (known) return seenAsImage(graph, known.step, known.places);
  }
  const step = found && steps.find(({ outputs }) => outputs[0] === found.blocks.at(-1)!.seen);
  return step && seenAsImage(graph, step, found);
}

function placesIn(found: Blocks, step: Step): Places | undefined {
  return step.shape[1] === found.prefix + found.grid[0] * found.grid[1] ? found : undefined;
}

function otherPlaces(graph: Graph, step: Step): Places | undefined {
  const target = findTarget(graph) ?? imageOf(graph);
  if (!target || !goesOnInTokens(graph, target)) return undefined;
  return placesOf(graph, target, [step])?.places;
}

function seenAsImage(graph: Graph, step: Step, { grid, prefix, order }: Places): Gridded {
  const { steps } = graph;
  const place = steps.indexOf(step);
  const value = step.outputs[0]!;
  const free = 1 + Math.max(...steps.flatMap(({ outputs }) => outputs));
  const [count, , channels] = step.shape;
  const { name } = step.layer;
  const made = (layer: Layer, inputs: number[], output: number, shape: Step['shape']): Step => ({
    layer,
    inputs,
    outputs: [output],
    shape,
    callArguments: {},
  });
  const [rows, columns] = grid;
  const image = new TokenGrid({ name: `${name}_grid`, prefix, rows, columns, ...(order && { order }) });
  const back = new GridTokens({ name: `${name}_tokens`, prefix, ...(order && { order }) });
  const seen = made(image, [value], free, [count!, ...grid, channels!]);
  // A step that stays the same stays itself: the network's ending is known by it.
  const behind = steps.slice(place + 1).map((each) => {
    if (!each.inputs.includes(value)) return each;
    return { ...each, inputs: each.inputs.map((input) => (input === value ? free + 1 : input)) };
  });
  const inserted = [seen, made(back, [value, free], free + 1, step.shape)];
  const output = graph.output === value ? free + 1 : graph.output;
  return {
    graph: { ...graph, output, steps: [...steps.slice(0, place + 1), ...inserted, ...behind] },
    grid: seen,
    name,
  };
}

// PyTorch's names of modules have dots where layers here have underscores.
function named({ name }: Layer, asked: string): boolean {
  return name === asked || name === asked.replaceAll('.', '_');
}
