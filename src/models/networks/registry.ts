import { invalid } from '../../errors.js';
import { nearest } from '../../nearest.js';
import type { Architecture } from './architecture.js';
import { resnetArchitecture } from './resnet.js';
import { vggArchitecture } from './vgg.js';

const registered: Architecture[] = [asAny(resnetArchitecture), asAny(vggArchitecture)];

// A family's sizes are its own affair.
function asAny<Config extends object>(architecture: Architecture<Config>): Architecture {
  return architecture as unknown as Architecture;
}

/**
 * Adds a family of networks: `--weights` takes its files from then on, recipes its names.
 *
 * @throws InvalidInput where one of its networks has the name of another
 */
export function registerArchitecture<Config extends object>(architecture: Architecture<Config>): void {
  const taken = Object.keys(architecture.variants).find((name) => architectureNames().includes(name));
  if (taken !== undefined) throw invalid('architecture', 'a name that no other network has', taken);
  registered.unshift(asAny(architecture));
}

/** The families of networks that camtune builds, those registered last first. */
export function architectures(): readonly Architecture[] {
  return registered;
}

/** The names of all networks that camtune builds. */
export function architectureNames(): string[] {
  return registered.flatMap(({ variants }) => Object.keys(variants));
}

/**
 * A network by its name, and its sizes.
 *
 * @throws InvalidInput where there is none
 */
export function architectureOf(name: string): { architecture: Architecture; config: object } {
  const architecture = registered.find(({ variants }) => Object.hasOwn(variants, name));
  if (architecture) return { architecture, config: architecture.variants[name]! };
  const names = architectureNames();
  const near = nearest(name, names, names);
  const fix = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
  throw invalid('architecture', 'the name of a network that camtune builds', name, fix);
}
