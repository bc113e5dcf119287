import { GridTokens, TokenGrid } from '../layers/index.js';
import type { Blocks } from './blocks.js';
import type { Graph, Layer, Step } from './graph.js';

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
 * @returns undefined where nothing has to be done: the network is no transformer, or the layer gives no tokens
 */
export function withTokenGrid(graph: Graph, found: Blocks | undefined, layer?: string): Gridded | undefined {
  if (!found) return undefined;
  const { blocks, prefix, grid } = found;
  const tokens = prefix + grid[0] * grid[1];
  const { steps } = graph;
  const last = blocks.at(-1)!.seen;
  const own = steps.some((step) => step.layer.getClassName() === 'TokenGrid');
  const place =
    layer === undefined
      ? own
        ? -1
        : steps.findIndex(({ outputs }) => outputs[0] === last)
      : steps.findIndex(
          (step) => named(step.layer, layer) && step.shape.length === 3 && step.shape[1] === tokens,
        );
  const step = steps[place];
  if (!step) return undefined;
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
  const image = new TokenGrid({ name: `${name}_grid`, prefix, rows: grid[0], columns: grid[1] });
  const back = new GridTokens({ name: `${name}_tokens`, prefix });
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
