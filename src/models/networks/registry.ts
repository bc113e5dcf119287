import { invalid } from '../../errors.js';
import { nearest } from '../../text/nearest.js';
import type { Architecture } from './architecture.js';
import { convnextArchitecture } from './convnext.js';
import { densenetArchitecture } from './densenet.js';
import { efficientnetArchitecture } from './efficientnet.js';
import { mobilenetV2Architecture } from './mobilenet-v2.js';
import { mobilenetV3Large, mobilenetV3Small } from './mobilenet-v3.js';
import { resnetArchitecture } from './resnet.js';
import { vggArchitecture } from './vgg.js';
import { vitArchitecture } from './vit.js';

const registered: Architecture[] = [
  asAny(resnetArchitecture),
  asAny(vggArchitecture),
  asAny(mobilenetV2Architecture),
  asAny(densenetArchitecture),
  asAny(convnextArchitecture),
  asAny(vitArchitecture),
  asAny(efficientnetArchitecture),
  asAny(mobilenetV3Large),
  asAny(mobilenetV3Small),
];

// A family's sizes are its own affair.
function asAny<Config extends object>(architecture: Architecture<Config>): Architecture {
  return architecture;
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
 * @param key what the name is called in messages
 * @throws InvalidInput where there is none
 */
export function architectureOf(
  name: string,
  key = 'architecture',
): { architecture: Architecture; config: object } {
  const architecture = registered.find(({ variants }) => Object.hasOwn(variants, name));
  if (architecture) return { architecture, config: architecture.variants[name]! };
  const names = architectureNames();
  const near = nearest(name, names, names);
  const fix = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
  throw invalid(key, 'the name of a network that camtune builds', name, fix);
}
