// Held weakly: what was said of a network goes with it.
const said = new WeakMap<object, Set<string>>();

/** Warns on the console, once for each network (the model, where it is known) and sentence. */
export function warnOnce(network: { model?: object | null }, sentence: string): void {
  const key = network.model ?? network;
  const before = said.get(key) ?? new Set();
  if (before.has(sentence)) return;
  said.set(key, before.add(sentence));
  console.warn(sentence);
}
