import type { TransplantEffect } from './screen.js';
import type { EvidenceKind } from './transplants.js';

/** By what a group was found: each has a likeness of its own. */
export type Basis =
  /** Windows at one place, correlated pixel by pixel. */
  | 'window'
  /** Windows that look the same and stand in several places. */
  | 'anywhere'
  /** An edge or the frame of images that move the network by it, correlated pixel by pixel. */
  | 'edge'
  /** Frames that are the same, whatever they do to the network. */
  | 'frames'
  /** An edge or the frame whose colors and detail are the same, whatever its pixels. */
  | 'look'
  /** The levels of images that move the network by them. */
  | 'levels'
  /** Their texture. */
  | 'texture'
  /** A cast of the whole class. */
  | 'cast'
  /** A tint of a part of it. */
  | 'tint';

/** Images of a class that may have something in common. */
export interface Group {
  basis: Basis;
  kind: EvidenceKind;
  place: string;
  members: readonly TransplantEffect[];
  /** Where it is known already. */
  alike?: number;
}

/** Evidence that several images of a class have in common: a candidate. */
export interface Candidate {
  classIndex: number;
  kind: EvidenceKind;
  /** Name of the region most of them have it in, or 'any' where it stands in several places. */
  place: string;
  /** Largest effect first, each image once. */
  carriers: TransplantEffect[];
  /** How alike it is in these images: 1 the same, 0 as unlike as any images. */
  alike: number;
  basis: Basis;
  /** With boxes: mean share of the region that lies outside of them, in the carriers that have boxes; else null. */
  outside: number | null;
}
