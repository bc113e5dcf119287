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
  // A small object may be all that a network needs: how strong a window is says nothing.
  window: { least: 0.15, alike: 0.45, strong: Infinity },
  strip: { least: 0.2, alike: 0.3, strong: 0.6 },
  frame: { least: 0.2, alike: 0.3, strong: 0.6 },
  levels: { least: 0.15, alike: 0.5, strong: 0.6 },
  texture: { least: 0.25, alike: 0.5, strong: 0.6 },
};
/** Parts in several places were put together because they are alike: that alone says less. */
const ALIKE_ANYWHERE = 0.6;

/** Whether a candidate can be a shortcut at all, whatever the network says to it: then it is worth asking. */
export function isWorthAsking({ kind, place, alike, outside, carriers }: Candidate): boolean {
  const mean = carriers.reduce((sum, { share }) => sum + share, 0) / carriers.length;
  return isAlike(kind, place, alike) || isBeside(outside) || mean >= limits[kind].strong;
}

/** With boxes no likeness is needed: what lies beside the objects is none. */
function isBeside(outside: number | null): boolean {
  return outside !== null && outside >= 0.9;
}

function isAlike(kind: EvidenceKind, place: string, alike: number): boolean {
  return alike >= (place === 'any' ? ALIKE_ANYWHERE : limits[kind].alike);
}

/** What a candidate is. */
export function verdictOf({
  kind,
  place,
  alike,
  outside,
  gain,
  adjusted,
  level,
}: {
  kind: EvidenceKind;
  place: string;
  alike: number;
  outside: number | null;
  gain: Estimate;
  adjusted: number;
  level: number;
}): Verdict {
  const limit = limits[kind];
  if (adjusted > level) return 'unsure';
  if (gain.mean < limit.least) return 'weak';
  return isAlike(kind, place, alike) || isBeside(outside) || gain.mean >= limit.strong ? 'shortcut' : 'object';
}
