import { distance } from 'fastest-levenshtein';
import { invalid } from '../../errors.js';
import { jsonOrText } from '../../text/json-or-text.js';
import { methods, type ExplainOptions } from '../index.js';

/** Options that every method takes beside its own; what --class says is not set twice. */
const common = { chunk: null, smoothing: { flip: false, samples: 0, spread: 0.15, seed: 0 } };

/**
 * Options of methods from the command line: 'groups=8' for every named method that has it, 'group-cam.groups=8' for
 * one, 'blur.size=31' for a part of an option. Values are read as JSON where they are JSON, else as text.
 *
 * @param given what --set was given, each KEY=VALUE
 * @param names of the methods that run
 * @returns the options of each method by its name
 * @throws InvalidInput where no named method has such an option, with the nearest one
 */
export function methodOptionsFrom(
  given: readonly string[],
  names: readonly string[],
): Record<string, ExplainOptions> {
  const found: Record<string, Record<string, unknown>> = {};
  for (const text of given) {
    const [, path, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (path === undefined) throw invalid('--set', 'KEY=VALUE, such as groups=8', text);
    const [first = '', ...rest] = path.split('.');
    const forOne = rest.length > 0 && Object.hasOwn(methods, first);
    if (forOne && !names.includes(first)) {
      throw invalid(`--set ${text}`, `a method among ${names.join(', ')}`, first);
    }
    const [key = '', part, ...deeper] = forOne ? rest : [first, ...rest];
    const having = (forOne ? [first] : names).filter((name) => Object.hasOwn(defaultsOf(name), key));
    if (having.length === 0 || deeper.length > 0) throw unknown(text, key, forOne ? [first] : names);
    for (const name of having) {
      const options = (found[name] ??= {});
      const before = options[key] ?? defaultsOf(name)[key];
      const read = jsonOrText(value!);
      options[key] = part === undefined ? read : withPart(text, before, part, read);
    }
  }
  return found;
}

function defaultsOf(name: string): Record<string, unknown> {
  return { ...methods[name]!.defaults, ...common };
}

/** An option that is an object, with one of its keys changed. */
function withPart(text: string, before: unknown, part: string, value: unknown): Record<string, unknown> {
  const keys = typeof before === 'object' && before !== null ? Object.keys(before) : [];
  if (!keys.includes(part)) {
    throw invalid(
      `--set ${text}`,
      keys.length > 0 ? `one of ${keys.join(', ')}` : 'an option without parts',
      part,
    );
  }
  return { ...(before as Record<string, unknown>), [part]: value };
}

function unknown(text: string, key: string, names: readonly string[]): Error {
  const known = [...new Set(names.flatMap((name) => Object.keys(defaultsOf(name))))];
  const near = known.sort((a, b) => distance(a, key) - distance(b, key))[0]!;
  return invalid(
    `--set ${text}`,
    `an option of ${names.join(' or ')}`,
    key,
    key === 'target' ? 'the class is set with --class' : `did you mean ${near}?`,
  );
}
