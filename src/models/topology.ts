import { Failure, show } from '../errors.js';
import { isObject } from '../text/is-object.js';

type Json = Record<string, unknown>;

/** Levels of objects and lists in a topology; a model within a model takes about five. */
const deepest = 200;
const mostLayers = 20_000;

/**
 * Makes sure that the layers of a topology can be put one behind the other. tfjs-layers waits for ever for a layer
 * that is not there, or that needs its own output.
 *
 * @param topology as it stands in a model.json or an .h5 file
 * @param path for messages
 * @throws Failure
 */
export function checkTopology(topology: unknown, path: string): void {
  const malformed = (what: string) =>
    new Failure(`${path}: its description of the network is malformed: ${what}`);
  const visit = (value: unknown, depth: number): void => {
    if (depth > deepest) throw malformed(`it is nested more than ${deepest} levels deep`);
    if (Array.isArray(value)) return value.forEach((item) => visit(item, depth + 1));
    if (!isObject(value)) return;
    const object = withCamelCase(value);
    if (Array.isArray(object.layers)) checkLayers(object.layers, malformed);
    for (const inner of Object.values(object)) visit(inner, depth + 1);
  };
  visit(topology, 0);
}

interface Entry {
  name: string;
  /** For each call of the layer, the outputs that it takes: layer and number of that layer's call. */
  calls: [string, number][][];
  /** Calls that are done. */
  done: number;
}

function checkLayers(layers: unknown[], malformed: (what: string) => Failure): void {
  if (layers.length > mostLayers) throw malformed(`it has ${layers.length} layers, more than ${mostLayers}`);
  const entries = new Map<string, Entry>();
  for (const layer of layers) {
    if (!isObject(layer)) throw malformed('a layer is no object');
    const { name, config, inboundNodes, className } = withCamelCase(layer);
    if (inboundNodes === undefined) continue; // of a Sequential
    const inner = isObject(config) ? config.name : undefined;
    if (typeof name !== 'string') throw malformed('a layer has no name');
    if (inner !== undefined && inner !== name)
      throw malformed(`layer '${name}' is called ${show(inner)} inside`);
    if (entries.has(name)) throw malformed(`two layers are called '${name}'`);
    if (!Array.isArray(inboundNodes)) throw malformed(`layer '${name}' has no list of inputs`);
    const calls = inboundNodes.map((call: unknown) =>
      inputsOf(call, () => malformed(`the inputs of layer '${name}' are none`)),
    );
    // Inputs and models within models have been called once by being made.
    const made = className === 'InputLayer' || (isObject(config) && Array.isArray(config.layers));
    entries.set(name, { name, calls, done: made ? 1 : 0 });
  }
  const stuck = firstBlocked([...entries.values()], entries);
  if (stuck) throw malformed(`layer '${stuck.name}' waits for inputs that no layer gives`);
}

/** Does what can be done in turn, as long as something can; the first layer with calls left over. */
function firstBlocked(waiting: Entry[], entries: Map<string, Entry>): Entry | undefined {
  for (;;) {
    let progress = false;
    for (const entry of waiting) {
      const [ready, blocked] = [[] as Entry['calls'], [] as Entry['calls']];
      for (const call of entry.calls) {
        const isReady = call.every(([from, index]) => index < (entries.get(from)?.done ?? 0));
        (isReady ? ready : blocked).push(call);
      }
      entry.calls = blocked;
      entry.done += ready.length;
      progress ||= ready.length > 0;
    }
    waiting = waiting.filter(({ calls }) => calls.length > 0);
    if (waiting.length === 0 || !progress) return waiting[0];
  }
}

function inputsOf(call: unknown, malformed: () => Failure): [string, number][] {
  // tfjs-layers passes over a call without inputs, and then waits for what it should have given.
  if (!Array.isArray(call) || call.length === 0) throw malformed();
  return call.map((input: unknown) => {
    const [from, index] = Array.isArray(input) ? (input as unknown[]) : [];
    if (typeof from !== 'string' || !Number.isInteger(index) || (index as number) < 0) throw malformed();
    return [from, index as number];
  });
}

/** The keys as tfjs-layers takes them: inbound_nodes is inboundNodes. */
function withCamelCase(object: Json): Json {
  const camel = (key: string) => key.replace(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [camel(key), value]));
}
