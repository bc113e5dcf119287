import type { LayersModel } from '@tensorflow/tfjs-layers';
import { firstFew } from '../../text/format.js';
import { torchParameters } from '../weights/index.js';
import type { Architecture, Source } from './architecture.js';
import { architectures } from './registry.js';

/**
 * Which network comes nearest to a file's names, and what differs, in a sentence. Numbers in names count for nothing:
 * a network of more layers has the same kinds of names.
 */
export function differences(names: readonly string[]): string {
  const kinds = new Map(names.map((name) => [kindOf(name), name]));
  let best: { score: number; text: string } | undefined;
  for (const architecture of architectures()) {
    const model = smallest(architecture);
    try {
      for (const source of architecture.sources) {
        const compared = compare(kinds, model, source);
        if (compared.score > (best?.score ?? 0)) best = { ...compared, text: `${architecture.name} of ${source.name}${compared.text}` }; // prettier-ignore
      }
    } finally {
      model.dispose();
    }
  }
  const known = architectures().map(({ name }) => name);
  if (!best || best.score < 0.1) return `camtune builds ${known.join(', ')}`;
  return `nearest is the ${best.text}`;
}

function compare(kinds: Map<string, string>, model: LayersModel, { names: rules, ignored }: Source<object>) {
  const expected = new Map(
    torchParameters(model, rules).flatMap(({ names }) => names.map((name) => [kindOf(name), name])),
  );
  const shared = [...kinds.keys()].filter((kind) => expected.has(kind)).length;
  const missing = [...expected].filter(([kind]) => !kinds.has(kind)).map(([, name]) => name);
  const unexpected = [...kinds]
    .filter(
      ([kind, name]) => !expected.has(kind) && !kind.endsWith('num_batches_tracked') && !ignored?.test(name),
    )
    .map(([, name]) => name);
  const said = [
    ...(missing.length > 0 ? [`it has ${firstFew(missing, 3)}, the file has not`] : []),
    ...(unexpected.length > 0 ? [`the file has ${firstFew(unexpected, 3)}, it has not`] : []),
  ];
  return {
    score: shared / (expected.size + kinds.size - shared),
    text:
      said.length === 0
        ? ', all of whose kinds of names it has; a tensor that tells its sizes is missing'
        : `: ${said.join('; ')}`,
  };
}

function kindOf(name: string): string {
  return name.replaceAll(/\d+/g, '#');
}

function smallest({ variants, example, build }: Architecture): LayersModel {
  return build(example ?? Object.values(variants)[0]!, { classes: 1, initial: 'zeros' });
}
