/**
 * Our name of a weight, and what a source calls it: ['blocks.{i}.norm1.{w}', 'encoder.{i+1}.ln_1.{w}']. {i} stands for
 * one part of a name, {i+1} for a number that is one more than i. Several names: tensors of which one behind the other
 * makes the weight.
 */
export type NameRule = readonly [ours: string, theirs: string | readonly string[]];

/**
 * What a source calls one of our weights. The first rule that fits counts; without one, it is the same name.
 *
 * @param ours 'layer1.0.conv1.weight'
 */
export function sourceNames(rules: readonly NameRule[], ours: string): readonly string[] {
  for (const [pattern, theirs] of rules) {
    const found = match(pattern, ours);
    if (found) return [theirs].flat().map((template) => fill(template, found));
  }
  return [ours];
}

const place = /\{(\w+)(?:\+(\d+))?\}/g;

const compiled = new Map<string, { form: RegExp; places: { name: string; offset: number }[] }>();

function match(pattern: string, name: string): Map<string, string> | undefined {
  const { form, places } = compile(pattern);
  const parts = form.exec(name)?.slice(1);
  if (!parts) return undefined;
  return new Map(
    places.map(({ name, offset }, index) => {
      const part = parts[index]!;
      return [name, offset === 0 ? part : String(Number(part) - offset)];
    }),
  );
}

function compile(pattern: string) {
  const known = compiled.get(pattern);
  if (known) return known;
  const places = [...pattern.matchAll(place)].map(([, name, offset = '0']) => ({
    name: name!,
    offset: Number(offset),
  }));
  const parts = pattern.split(/\{\w+(?:\+\d+)?\}/).map((text) => text.replaceAll('.', '\\.'));
  const groups = places.map(({ offset }) => (offset > 0 ? '(\\d+)' : '([^.]+)'));
  const form = new RegExp(`^${parts.map((part, index) => part + (groups[index] ?? '')).join('')}$`);
  const made = { form, places };
  compiled.set(pattern, made);
  return made;
}

function fill(template: string, found: Map<string, string>): string {
  return template.replaceAll(place, (_, name: string, offset: string | undefined) => {
    const part = found.get(name) ?? '';
    return offset === undefined ? part : String(Number(part) + Number(offset));
  });
}
