import type { Estimate } from '../../metrics/index.js';
import type { EvidenceKind } from './transplants.js';
import type { Candidate } from './group.js';
import { FEWEST_FRAMES, SAME_FRAME } from './same-frame.js';

/**
 * - `shortcut`: moves the network, and is the same thing in these images, or lies beside the boxes;
 * - `weak`: moves the network less than parts of objects do;
 * - `unsure`: may be chance;
 * - `different`: moves the network, but looks different in every image, as objects do, and backgrounds.
 */
export type Verdict = 'shortcut' | 'weak' | 'unsure' | 'different';

/** Set on a few small networks, with and without planted artifacts: see docs/shortcuts.md. */
const limits: Record<EvidenceKind, { least: number; alike: number; together: number }> = {
  window: { least: 0.18, alike: 0.4, together: 0.14 },
  strip: { least: 0.2, alike: 0.3, together: 0.13 },
  frame: { least: 0.2, alike: 0.3, together: 0.13 },
  levels: { least: 0.2, alike: 0.5, together: 0.2 },
  texture: { least: 0.5, alike: 0.6, together: 0.3 },
};
/** Parts in several places were put together because they are alike: that alone says less. */
const ALIKE_ANYWHERE = 0.6;

/** Fewer images than this have something in common by chance more often. */
const FEW = 5;
/** So many images along whose edge something looks the same are no chance. */
const MANY = 8;

/** From this mean share on, what lies along an edge or in the whole image is shown, though it raises no alarm. */
const TELLING = 0.6;

/** Whether the network is asked about a candidate: it may be a shortcut, or people should see it. */
export function isWorthAsking({ kind, place, alike, outside, carriers }: Candidate): boolean {
  const mean = carriers.reduce((sum, { share }) => sum + share, 0) / carriers.length;
  return (
    isAlike(kind, place, alike, carriers.length) ||
    isBeside(outside) ||
    (kind !== 'window' && mean >= TELLING)
  );
}

/** With boxes no likeness is needed: what lies beside the objects is none. */
function isBeside(outside: number | null): boolean {
  return outside !== null && outside >= 0.9;
}

function isAlike(kind: EvidenceKind, place: string, alike: number, carriers: number): boolean {
  return alike >= (place === 'any' ? ALIKE_ANYWHERE : limits[kind].alike) * easeOf(kind, alike, carriers);
}

/**
 * What limits are multiplied by. A few images have something alike by chance, the edges of many have not, and whole
 * frames that are the same were in no photographs.
 */
function easeOf(kind: EvidenceKind, alike: number, carriers: number): number {
  if (carriers < FEW) return 1.3;
  if (kind === 'frame' && carriers >= FEWEST_FRAMES && alike >= SAME_FRAME) return 0.5;
  return (kind === 'strip' || kind === 'frame') && carriers >= MANY ? 0.8 : 1;
}

/** What a candidate is. */
export function verdictOf({
  kind,
  place,
  alike,
  carriers,
  outside,
  gain,
  adjusted,
  level,
}: {
  kind: EvidenceKind;
  place: string;
  alike: number;
  /** How many images. */
  carriers: number;
  outside: number | null;
  gain: Estimate;
  adjusted: number;
  level: number;
}): Verdict {
  if (adjusted > level) return 'unsure';
  const ease = easeOf(kind, alike, carriers);
  if (gain.mean < limits[kind].least * ease) return 'weak';
  if (isBeside(outside)) return 'shortcut';
  // What hardly is alike has to move the network much, and the other way round.
  if (!isAlike(kind, place, alike, carriers)) return 'different';
  return gain.mean * alike < limits[kind].together * ease ? 'weak' : 'shortcut';
}
