import type { Draw } from './draw.js';

/** What a program may do beside operations. Each program draws its own set (swarm testing, Groce et al. 2012). */
export const FEATURES = [
  'gradient',
  'second',
  'assign',
  'momentum',
  'call',
  'keep',
  'make',
  'minimize',
  'hold',
  'outside',
  'dispose',
  'retrace',
  'plain',
  'eager',
  'many',
] as const;
export type Feature = (typeof FEATURES)[number];

/** Features that a program has less often than every second time. */
const RARE: Partial<Record<Feature, number>> = { many: 0.05, dispose: 0.25, keep: 0.3, minimize: 0.3 };

export function swarm(draw: Draw, without: readonly string[], having: readonly string[]): Set<Feature> {
  const drawn = FEATURES.filter((feature) => draw.chance(RARE[feature] ?? 0.5) || having.includes(feature));
  return new Set(drawn.filter((feature) => !without.includes(feature)));
}
