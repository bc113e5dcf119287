import type { Settings } from '../index.js';
import { invalid } from '../../errors.js';
import { jsonOrText } from '../../text/json-or-text.js';

/**
 * Options of methods from the command line: 'group-cam.groups=8'. Values are read as JSON where they are JSON, else as
 * text. Whether there is such a method and option is checked where they are used.
 *
 * @throws InvalidInput for another form
 */
export function methodSettings(given: readonly string[]): Settings {
  const settings = new Map<string, [string, unknown][]>();
  for (const text of given) {
    const [, method, key, value] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(text) ?? [];
    if (method === undefined) throw invalid('--set', 'METHOD.OPTION=VALUE, such as group-cam.groups=8', text);
    settings.set(method, [...(settings.get(method) ?? []), [key!, jsonOrText(value!)]]);
  }
  // An entry is a key of its own, also where it is called __proto__.
  return Object.fromEntries([...settings].map(([method, options]) => [method, Object.fromEntries(options)]));
}
