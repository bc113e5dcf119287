import type { StoredTensor } from './types.js';

/** What training programs put before every name: DataParallel, Lightning, and whoever wraps a network in another. */
const prefixes = ['module.', 'model.', 'backbone.', 'encoder.', 'net.', '_orig_mod.'];

/**
 * Names without what a training program put before them, of which there may be several. What else it stored (a loss,
 * a copy for averages) goes.
 *
 * @returns the tensors, and what was done, in words
 */
export function withoutPrefixes(tensors: Map<string, StoredTensor>): {
  tensors: Map<string, StoredTensor>;
  notes: string[];
} {
  const notes: string[] = [];
  let found = tensors;
  for (;;) {
    const names = [...found.keys()];
    const prefix = prefixes.find((prefix) => {
      const count = names.filter((name) => name.startsWith(prefix)).length;
      // 'encoder.' is a part of many networks, and of theirs only one.
      return count > 0 && (prefix === 'encoder.' ? count === names.length : count >= 0.8 * names.length);
    });
    if (prefix === undefined) return { tensors: found, notes };
    const inner = [...found].filter(([name]) => name.startsWith(prefix));
    const others = names.length - inner.length;
    if (others > 0) notes.push(`${others} tensors without '${prefix}' before their names left out`);
    found = new Map(inner.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  }
}
