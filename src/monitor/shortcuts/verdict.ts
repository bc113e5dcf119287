import type { Estimate } from '../../metrics/index.js';
import type { EvidenceKind } from './gifts.js';
import type { Candidate } from './group.js';

/**
 * - `shortcut`: moves the network, and is the same thing in these images, or moves it as no part of an object does;
 * - `weak`: moves the network less than parts of objects do;
 * - `unsure`: may be chance;
 * - `object`: moves the network, but looks different in every image, as objects do.
 */
export type Verdict = 'shortcut' | 'weak' | 'unsure' | 'object';

/** What was set on networks without planted artifacts: see docs/shortcuts.md. */
const limits: Record<EvidenceKind, { least: number; alike: number; strong: number }> = {
  window: { least: 0.15, alike: 0.45, strong: 0.4 },
  strip: { least: 0.2, alike: 0.3, strong: 0.6 },
  frame: { least: 0.2, alike: 0.3, strong: 0.6 },
  levels: { least: 0.2, alike: 0.3, strong: 0.6 },
  texture: { least: 0.15, alike: 0.3, strong: 0.5 },
};
/** Parts in several places were put together because they are alike: that alone says less. */
const ALIKE_ANYWHERE = 0.6;

/** Whether a candidate can be a shortcut at all, whatever the network says to it: then it is worth asking. */
export function isWorthAsking({ kind, place, alike, carriers }: Candidate): boolean {
  const mean = carriers.reduce((sum, { share }) => sum + share, 0) / carriers.length;
  return isAlike(kind, place, alike) || mean >= limits[kind].strong;
}

function isAlike(kind: EvidenceKind, place: string, alike: number): boolean {
  return alike >= (place === 'any' ? ALIKE_ANYWHERE : limits[kind].alike);
}

/** What a candidate is. */
export function verdictOf({
  kind,
  place,
  alike,
  gain,
  adjusted,
  level,
}: {
  kind: EvidenceKind;
  place: string;
  alike: number;
  gain: Estimate;
  adjusted: number;
  level: number;
}): Verdict {
  const limit = limits[kind];
  if (adjusted > level) return 'unsure';
  if (gain.mean < limit.least) return 'weak';
  return isAlike(kind, place, alike) || gain.mean >= limit.strong ? 'shortcut' : 'object';
}
