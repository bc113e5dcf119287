import { distance } from 'fastest-levenshtein';
import { invalid } from '../../errors.js';
import { plan, type Graph, type Step } from './graph.js';

// Pooling, padding, dropout and the like only pass on what the layer before them found.
const derived = /Pooling|Padding|Dropout|Reshape|Permute|Softmax/;

/**
 * The step whose output is looked at: the one of the named layer, or the last one with spatial output through which
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
  const steps = graph.steps.filter((step) => step.layer.name === name);
  const [step] = steps;
  if (!step) {
    const spatial = graph.steps.filter(isSpatial).map((candidate) => candidate.layer.name);
    const near = [...new Set(spatial)].sort((a, b) => distance(a, name) - distance(b, name)).slice(0, 5);
    throw invalid('layer', 'the name of a layer with spatial output', name, `near it: ${near.join(', ')}`);
  }
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

// A size that is not known before an image is seen counts as more than one.
function isSpatial({ shape, layer }: Step): boolean {
  const channelsLast = (layer as { dataFormat?: string }).dataFormat !== 'channelsFirst';
  return shape.length === 4 && channelsLast && !(shape[1] === 1 && shape[2] === 1);
}
