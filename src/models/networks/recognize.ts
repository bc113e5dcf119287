import { Failure } from '../../errors.js';
import { firstFew } from '../../text/format.js';
import { sourceNames, type WeightFile } from '../weights/index.js';
import type { Architecture, Find, Source } from './architecture.js';
import { differences } from './differences.js';
import { architectures } from './registry.js';

/** The network that a file is for. */
export interface Recognized {
  architecture: Architecture;
  source: Source<object>;
  config: object;
  /** Number of outputs; undefined where the file has no last layer. */
  classes?: number;
}

/**
 * Finds the network that a file's tensors are for, by their names and shapes.
 *
 * @param file the name for messages
 * @throws Failure where there is none, with the nearest one and what differs
 */
export function recognize({ tensors }: Pick<WeightFile, 'tensors'>, file: string): Recognized {
  const names = [...tensors.keys()];
  for (const architecture of architectures()) {
    for (const source of architecture.sources) {
      if (source.mark && !names.some((name) => source.mark!.test(name))) continue;
      const find = finder(tensors, source);
      const config = architecture.configure(find);
      if (!config) continue;
      const classes = find(`${architecture.head}.weight`)?.[0];
      return {
        architecture,
        source,
        config: { ...config, ...source.settings },
        ...(classes !== undefined && { classes }),
      };
    }
  }
  if (names.length === 0) throw new Failure(`${file}: holds no weights (tensors of floating-point numbers)`);
  throw new Failure(
    `${file}: the network of these weights is not known (${firstFew(names, 3)}); ${differences(names)}`,
  );
}

/** Shapes by our names; a weight of several tensors has the shape of them together. */
function finder(tensors: WeightFile['tensors'], { names }: Source<object>): Find {
  return (ours) => {
    const shapes = sourceNames(names, ours).map((name) => tensors.get(name)?.shape);
    const [first] = shapes;
    if (!first || shapes.some((shape) => shape === undefined)) return undefined;
    return [first[0]! * shapes.length, ...first.slice(1)];
  };
}
