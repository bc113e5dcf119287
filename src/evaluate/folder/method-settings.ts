import type { Settings } from '../index.js';
import { invalid } from '../../errors.js';

/**
 * Options of methods from the command line: 'group-cam.groups=8'. Values are read as JSON where they are JSON, else as
 * text. Whether there is such a method and option is checked where they are used.
 *
 * @throws InvalidInput for another form
 */
export function methodSettings(given: readonly string[]): Settings {
  const settings: Record<string, Record<string, unknown>> = {};
  for (const text of given) {
    const [, method, key, value] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(text) ?? [];
    if (method === undefined) throw invalid('--set', 'METHOD.OPTION=VALUE, such as group-cam.groups=8', text);
    (settings[method] ??= {})[key!] = valueOf(value!);
  }
  return settings;
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
