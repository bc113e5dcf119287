import { invalid, InvalidInput } from '../errors.js';
import { checkBlur, defaultBlur, defaultChunk } from '../explain/index.js';
import { nearest } from '../text/nearest.js';
import { blends } from './blends/index.js';
import { stageConflict } from './combination.js';
import { mapSources } from './maps/index.js';
import type { StageOptions, Threshold } from './types.js';

/** The paper's stage (section 5). */
export const defaultStage: Readonly<StageOptions> = {
  method: 'group-cam',
  blend: 'blur',
  groups: 16,
  threshold: 'mean',
  blur: defaultBlur,
  target: 'label',
  chunk: defaultChunk,
  scoringScale: 1,
  scoringPrecision: null,
};

/**
 * Fills in the defaults and checks every option.
 *
 * @throws InvalidInput that names the option, as in a recipe (`stage.groups`); for an unknown one with the nearest
 */
export function stageOptions(given: Partial<StageOptions> = {}): StageOptions {
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(defaultStage, key));
  if (unknown !== undefined) throw unknownOption(unknown, Object.keys(defaultStage));
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options = { ...defaultStage, ...set };
  oneOf('stage.method', Object.keys(mapSources), options.method);
  oneOf('stage.blend', Object.keys(blends), options.blend);
  oneOf('stage.target', ['label', 'prediction'], options.target);
  count('stage.groups', options.groups);
  count('stage.chunk', options.chunk);
  checkThreshold(options.threshold);
  checkBlur(options.blur, 'stage.blur');
  if (!(options.scoringScale > 0 && options.scoringScale <= 1)) {
    throw invalid('stage.scoringScale', 'a number above 0, up to 1', options.scoringScale);
  }
  if (options.scoringPrecision !== null)
    oneOf('stage.scoringPrecision', ['float32', 'bfloat16', 'float16'], options.scoringPrecision);
  const wrong = stageConflict(options);
  if (wrong !== null) throw new InvalidInput(wrong);
  return options;
}

/** @param known the options that there are */
export function unknownOption(name: string, known: readonly string[]): InvalidInput {
  const meant = nearest(name, known, known);
  const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean stage.${meant}?`;
  return new InvalidInput(`stage.${name}: unknown option; ${hint}`);
}

function oneOf(name: string, values: string[], found: unknown): void {
  if (!values.includes(found as string)) throw invalid(name, choices(values), found);
}

/** 'a, b or c'. */
function choices(values: string[]): string {
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

function count(name: string, found: unknown): void {
  if (!(Number.isInteger(found) && (found as number) > 0))
    throw invalid(name, 'an integer, 1 or more', found);
}

function checkThreshold(threshold: Threshold): void {
  if (threshold === 'mean') return;
  const [[kind, value] = [], ...rest] = Object.entries(threshold ?? {});
  const isShare = (kind === 'quantile' || kind === 'fixed') && Number(value) < 1;
  const isKnown = isShare || (kind === 'deviations' && Number.isFinite(value));
  if (!(isKnown && typeof value === 'number' && value >= 0 && rest.length === 0)) {
    const expected = "'mean', {quantile: 0 to 1}, {fixed: 0 to 1} (1 excluded) or {deviations: 0 or more}";
    throw invalid('stage.threshold', expected, threshold);
  }
}
