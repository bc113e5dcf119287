export { askedNetwork, type ImageNetwork } from './asked-network.js';
export { findShortcuts, type Finding, type ShortcutOptions, type Shortcuts } from './find-shortcuts.js';
export type { AskedNetwork, EvidenceMap, ShownImages } from './types.js';
export type { EvidenceKind } from './gifts.js';
export type { Verdict } from './verdict.js';
