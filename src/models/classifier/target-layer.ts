import { distance } from 'fastest-levenshtein';
import { invalid, phrase } from '../../errors.js';
import { firstFew } from '../../text/format.js';
import { entriesPerImage } from './entries.js';
import { imageOf, plan, type Graph, type Shape, type Step } from './graph.js';
import { goesOnInTokens } from './other-tokens.js';

// Pooling, padding, dropout and the like only pass on what the layer before them found.
const derived = /Pooling|Padding|Dropout|Reshape|Permute|Softmax/;

/** Few rows of pixels may become one row with padding. */
const mostStretched = 4;

/**
 * The step whose output is looked at: the one of the named layer (a beginning that no other has is enough), or the last
 * one with spatial output through which every path to the logits leads, or the last grid of a transformer's tokens;
 * undefined where there is none.
 *
 * @throws InvalidInput where there is no such layer, it is used several times, or its output is not spatial
 */
export function findTarget(graph: Graph, layer?: string): Step | undefined {
  return layer === undefined ? lastSpatial(graph) : named(graph, layer);
}

function lastSpatial(graph: Graph): Step | undefined {
  // The patches of a transformer, whose class token goes another way.
  const grids = graph.steps.filter((step) => step.layer.getClassName() === 'TokenGrid' && isSpatial(step));
  if (grids.length > 0) return grids.at(-1);
  const entries = entriesPerImage(graph);
  const image = imageOf(graph)?.shape;
  const candidates = graph.steps.filter(
    (step) =>
      isSpatial(step) &&
      (!image || isLike(image, step.shape)) &&
      entries.get(step.outputs[0]!) === 1 &&
      !derived.test(step.layer.getClassName()),
  );
  return candidates.reverse().find((step) => plan(graph, [step.outputs[0]!], [graph.output]));
}

/**
 * Whether a step cuts the image into patches for layers that are no longer spatial: many that work on tokens come behind it,
 * or it is a convolution as wide as its stride, before which there is nothing with weights.
 */
export function isPatchEmbedding(graph: Graph, target: Step): boolean {
  if (target.layer.getClassName() === 'TokenGrid') return false;
  if (goesOnInTokens(graph, target)) return true;
  const { kernelSize, strides } = target.layer as { kernelSize?: number[]; strides?: number[] };
  if (target.layer.getClassName() !== 'Conv2D' || !kernelSize || kernelSize[0]! < 4) return false;
  const place = graph.steps.indexOf(target);
  const weighs = (step: Step) => step.layer.weights.length > 0;
  // Pooling and one or two dense layers are a small network of its own, no transformer.
  return (
    kernelSize.every((size, axis) => size === strides?.[axis]) &&
    !graph.steps.slice(0, place).some(weighs) &&
    graph.steps.slice(place + 1).filter(weighs).length > 3
  );
}

function named(graph: Graph, name: string): Step {
  const meant = fullName(graph, name);
  const steps = graph.steps.filter((step) => step.layer.name === meant);
  const step = steps[0]!;
  if (steps.length > 1) {
    throw invalid(
      'layer',
      'a layer that the model uses once',
      phrase(`'${name}', which it uses ${steps.length} times`),
    );
  }
  if (!isSpatial(step) || entriesPerImage(graph).get(step.outputs[0]!) !== 1) {
    throw invalid(
      'layer',
      'a layer with output [N, h, w, K], h·w > 1',
      phrase(`'${name}' with ${JSON.stringify(step.shape)}`),
    );
  }
  return step;
}

/** The layer that has this name, or the only spatial one whose name begins with it. */
function fullName(graph: Graph, asked: string): string {
  const isThere = (name: string) => graph.steps.some((step) => step.layer.name.startsWith(name));
  // PyTorch's names of modules have dots where layers here have underscores.
  const underscored = asked.replaceAll('.', '_');
  const given = !isThere(asked) && isThere(underscored) ? underscored : asked;
  if (graph.steps.some((step) => step.layer.name === given)) return given;
  const spatial = [...new Set(graph.steps.filter(isSpatial).map((step) => step.layer.name))];
  const begun = spatial.filter((name) => name.startsWith(given));
  if (begun.length === 1) return begun[0]!;
  const expected = 'the name of a layer with spatial output, or its beginning';
  if (begun.length > 1) throw invalid('layer', expected, given, `so begin ${firstFew(begun, 30)}`);
  const near = [...spatial].sort((a, b) => distance(a, given) - distance(b, given)).slice(0, 5);
  // The last ones are those that maps are made of.
  const last = [...spatial].reverse();
  throw invalid(
    'layer',
    expected,
    given,
    `near it: ${near.join(', ')}; from the last on: ${firstFew(last, 30)}`,
  );
}

// A size that is not known before an image is seen counts as more than one.
function isSpatial({ shape, layer }: Step): boolean {
  const channelsLast = (layer as { dataFormat?: string }).dataFormat !== 'channelsFirst';
  return shape.length === 4 && channelsLast && !(shape[1] === 1 && shape[2] === 1);
}

/** Whether a grid's height and width are to each other about as the image's: others are no picture, whatever their rank. */
function isLike([, H, W]: Shape, [, h, w]: Shape): boolean {
  if (!H || !W || !h || !w) return true;
  const ratio = (h * W) / (w * H);
  return ratio <= mostStretched && ratio >= 1 / mostStretched;
}
