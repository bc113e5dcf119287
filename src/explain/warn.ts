// Held weakly: what was said of a network goes with it.
const said = new WeakMap<object, Set<string>>();

/** Warns on the console, once for each network and sentence. */
export function warnOnce(network: object, sentence: string): void {
  const before = said.get(network) ?? new Set();
  if (before.has(sentence)) return;
  said.set(network, before.add(sentence));
  console.warn(sentence);
}
