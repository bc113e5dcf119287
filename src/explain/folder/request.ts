import { COLORMAPS } from '../../report/index.js';
import type { Drawing, Format } from '../../report/maps/index.js';
import { invalid } from '../../errors.js';
import { methodNamed, type ExplainOptions } from '../index.js';
import { methodOptionsFrom } from './settings.js';

/** A method with its options. */
export interface ChosenMethod {
  name: string;
  options: ExplainOptions;
  /** Whether its map depends on the class. */
  classSpecific: boolean;
}

/**
 * The methods that are asked for, each once.
 *
 * @param names with commas between
 * @param settings what --set was given
 * @throws InvalidInput with the nearest names where there is no such method or option
 */
export function chosenMethods(names: string, settings: readonly string[]): ChosenMethod[] {
  const chosen = [...new Set(names.split(',').map((name) => name.trim()))];
  const known = chosen.map((name) => ({ name, method: methodNamed(name) }));
  const options = methodOptionsFrom(settings, chosen);
  return known.map(({ name, method }) => ({
    name,
    options: options[name] ?? {},
    classSpecific: method.classSpecific,
  }));
}

/** @throws InvalidInput where a flag is out of its range */
export function drawing(flags: { format: string; colormap: string; opacity: number }): Drawing {
  const formats = [...new Set(flags.format.split(',').map((name) => name.trim()))];
  const isFormat = (name: string): name is Format => name === 'png' || name === 'npy';
  if (!formats.every(isFormat)) throw invalid('--format', 'png, npy or png,npy', flags.format);
  const colormap = COLORMAPS.find((name) => name === flags.colormap);
  if (!colormap) throw invalid('--colormap', COLORMAPS.join(', '), flags.colormap);
  return { formats, colormap, opacity: flags.opacity };
}
