import { invalid } from '../errors.js';
import { checkBlur, defaultBlur, defaultChunk, type Blur } from '../explain/index.js';
import type { Threshold } from './binary-mask.js';

/** How the online stage makes its masks. */
export interface StageOptions {
  /** Gradient-free Group-CAM (the paper's), or LaFAM: nearly the same masks, without a query. */
  method: 'group-cam' | 'lafam';
  /** Groups of channels G, 1 to the channels of the target layer: the queries that an image costs. */
  groups: number;
  threshold: Threshold;
  /** The blur that fills what the mask leaves out, pixels. */
  blur: Blur;
  /** Whose score the queries ask for: the label's or the predicted class's. */
  target: 'label' | 'prediction';
  /** The most masked copies in the network at once: bounds the memory. */
  chunk: number;
  /** Masked copies are scored at this share of the images' height and width, above 0 to 1 (1 is exact). */
  scoringScale: number;
}

/** The paper's stage (section 5). */
export const defaultStage: Readonly<StageOptions> = {
  method: 'group-cam',
  groups: 16,
  threshold: 'mean',
  blur: defaultBlur,
  target: 'label',
  chunk: defaultChunk,
  scoringScale: 1,
};

/** What the queries may cost: exact asks every one; auto takes the cheapest answer that passes the gate of docs/stage.md. */
export type StageCost = 'exact' | 'auto';

/** The method that answers at a cost: for auto the mean activation (LaFAM), in place of the queries. */
export function methodAt(cost: StageCost, method: StageOptions['method']): StageOptions['method'] {
  return cost === 'auto' ? 'lafam' : method;
}

/** Queries of the network that the stage asks for an image. */
export function queriesOf({ method, groups }: Pick<StageOptions, 'method' | 'groups'>): number {
  return method === 'lafam' ? 0 : groups;
}

/**
 * Fills in the defaults and checks every option.
 *
 * @throws InvalidInput that names the option, as in a recipe (`stage.groups`)
 */
export function stageOptions(given: Partial<StageOptions> = {}): StageOptions {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options = { ...defaultStage, ...set };
  oneOf('stage.method', ['group-cam', 'lafam'], options.method);
  oneOf('stage.target', ['label', 'prediction'], options.target);
  count('stage.groups', options.groups);
  count('stage.chunk', options.chunk);
  checkThreshold(options.threshold);
  checkBlur(options.blur, 'stage.blur');
  if (!(options.scoringScale > 0 && options.scoringScale <= 1)) {
    throw invalid('stage.scoringScale', 'a number above 0, up to 1', options.scoringScale);
  }
  return options;
}

function oneOf(name: string, values: string[], found: unknown): void {
  if (!values.includes(found as string)) throw invalid(name, values.join(' or '), found);
}

function count(name: string, found: unknown): void {
  if (!(Number.isInteger(found) && (found as number) > 0))
    throw invalid(name, 'an integer, 1 or more', found);
}

function checkThreshold(threshold: Threshold): void {
  if (threshold === 'mean') return;
  const [[kind, value] = [], ...rest] = Object.entries(threshold ?? {});
  const inRange = typeof value === 'number' && value >= 0 && value < 1;
  if (!((kind === 'quantile' || kind === 'fixed') && inRange && rest.length === 0)) {
    throw invalid('stage.threshold', "'mean', {quantile: 0 to 1} or {fixed: 0 to 1}, 1 excluded", threshold);
  }
}
