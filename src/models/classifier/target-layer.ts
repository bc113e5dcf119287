import { distance } from 'fastest-levenshtein';
import { invalid } from '../../errors.js';
import { someOf } from '../../format.js';
import { plan, type Graph, type Step } from './graph.js';

// Pooling, padding, dropout and the like only pass on what the layer before them found.
const derived = /Pooling|Padding|Dropout|Reshape|Permute|Softmax/;

/**
 * The step whose output is looked at: the one of the named layer (a beginning that no other has is enough), or the last one with spatial output through which
 * every path to the logits leads.
 *
 * @throws InvalidInput where there is no such layer, it is used several times, or its output is not spatial
 */
export function findTarget(graph: Graph, layer?: string): Step {
  return layer === undefined ? lastSpatial(graph) : named(graph, layer);
}

function lastSpatial(graph: Graph): Step {
  const candidates = graph.steps.filter(
    (step) => isSpatial(step) && !derived.test(step.layer.getClassName()),
  );
  const target = candidates.reverse().find((step) => plan(graph, step.outputs[0]!, graph.output));
  if (target) return target;
  const found = candidates.length > 0 ? 'only layers that other branches bypass' : 'none';
  throw invalid('model', 'a layer with output [N, h, w, K] that leads to the logits', found);
}

function named(graph: Graph, name: string): Step {
  const meant = fullName(graph, name);
  const steps = graph.steps.filter((step) => step.layer.name === meant);
  const step = steps[0]!;
  if (steps.length > 1) {
    throw invalid(
      'layer',
      'a layer that the model uses once',
      `'${name}', which it uses ${steps.length} times`,
    );
  }
  if (!isSpatial(step)) {
    throw invalid(
      'layer',
      'a layer with output [N, h, w, K], h·w > 1',
      `'${name}' with ${JSON.stringify(step.shape)}`,
    );
  }
  return step;
}

/** The layer that has this name, or the only spatial one whose name begins with it. */
function fullName(graph: Graph, given: string): string {
  if (graph.steps.some((step) => step.layer.name === given)) return given;
  const spatial = [...new Set(graph.steps.filter(isSpatial).map((step) => step.layer.name))];
  const begun = spatial.filter((name) => name.startsWith(given));
  if (begun.length === 1) return begun[0]!;
  const expected = 'the name of a layer with spatial output, or its beginning';
  if (begun.length > 1) throw invalid('layer', expected, given, `so begin ${someOf(begun, 30)}`);
  const near = [...spatial].sort((a, b) => distance(a, given) - distance(b, given)).slice(0, 5);
  // The last ones are those that maps are made of.
  const last = [...spatial].reverse();
  throw invalid(
    'layer',
    expected,
    given,
    `near it: ${near.join(', ')}; from the last on: ${someOf(last, 30)}`,
  );
}

// A size that is not known before an image is seen counts as more than one.
function isSpatial({ shape, layer }: Step): boolean {
  const channelsLast = (layer as { dataFormat?: string }).dataFormat !== 'channelsFirst';
  return shape.length === 4 && channelsLast && !(shape[1] === 1 && shape[2] === 1);
}
