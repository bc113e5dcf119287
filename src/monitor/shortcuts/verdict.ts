import type { Estimate } from '../../metrics/index.js';
import type { Basis, Candidate } from './candidate.js';
import { SAME_LOOK } from './look.js';
import { SAME_FRAME } from './same-frame.js';

/**
 * - `shortcut`: moves the network, and is the same thing in these images, or lies beside the boxes;
 * - `weak`: moves the network less than parts of objects do;
 * - `unsure`: may be chance;
 * - `different`: moves the network, but looks different in every image, as objects do, and backgrounds.
 */
export type Verdict = 'shortcut' | 'weak' | 'unsure' | 'different';

interface Limits {
  /** The likeness. */
  alike: number;
  /** The gain. */
  least: number;
  /** Gain times likeness: what hardly is alike has to move the network much, and the other way round. */
  together: number;
}

/** Set on a few small networks, with and without planted artifacts: see docs/shortcuts.md. */
const limits: Record<Basis, Limits> = {
  window: { alike: 0.4, least: 0.18, together: 0.14 },
  anywhere: { alike: 0.6, least: 0.18, together: 0.14 },
  edge: { alike: 0.5, least: 0.2, together: 0.13 },
  frames: { alike: SAME_FRAME, least: 0.1, together: 0.065 },
  look: { alike: SAME_LOOK, least: 0.2, together: 0 },
  // Levels that move the network are the object's as often as not.
  levels: { alike: Infinity, least: 0.2, together: 0 },
  texture: { alike: 0.6, least: 0.5, together: 0.3 },
  cast: { alike: 0.45, least: 0.2, together: 0.2 },
  tint: { alike: 0.5, least: 0.5, together: 0 },
};

/** Fewer images than this have something in common by chance more often. */
const FEW = 5;
/** So many images along whose edge something looks the same are no chance. */
const MANY = 8;

/** From this mean share on, what lies along an edge or in the whole image is shown, though it raises no alarm. */
const TELLING = 0.6;

/** Whether the network is asked about a candidate: it may be a shortcut, or people should see it. */
export function isWorthAsking({ basis, kind, alike, outside, carriers }: Candidate): boolean {
  const mean = carriers.reduce((sum, { share }) => sum + share, 0) / carriers.length;
  return (
    isAlike(basis, alike, carriers.length) || isBeside(outside) || (kind !== 'window' && mean >= TELLING)
  );
}

/** With boxes no likeness is needed: what lies beside the objects is none. */
function isBeside(outside: number | null): boolean {
  return outside !== null && outside >= 0.9;
}

function isAlike(basis: Basis, alike: number, carriers: number): boolean {
  return alike >= limits[basis].alike * easeOf(basis, carriers);
}

/** What limits are multiplied by: a few images have something alike by chance, the edges of many have not. */
function easeOf(basis: Basis, carriers: number): number {
  if (carriers < FEW) return 1.5;
  return basis === 'edge' && carriers >= MANY ? 0.8 : 1;
}

/** What a candidate is. */
export function verdictOf({
  basis,
  alike,
  carriers,
  outside,
  gain,
  adjusted,
  level,
}: {
  basis: Basis;
  alike: number;
  /** How many images. */
  carriers: number;
  outside: number | null;
  gain: Estimate;
  adjusted: number;
  level: number;
}): Verdict {
  if (adjusted > level) return 'unsure';
  const { least, together } = limits[basis];
  const ease = easeOf(basis, carriers);
  if (gain.mean < least * ease) return 'weak';
  if (isBeside(outside)) return 'shortcut';
  if (!isAlike(basis, alike, carriers)) return 'different';
  return gain.mean * alike < together * ease ? 'weak' : 'shortcut';
}
