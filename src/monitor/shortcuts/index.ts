export { queriedNetwork, type ImageNetwork } from './queried-network.js';
export {
  findShortcuts,
  type Finding,
  type OutsideShare,
  type ShortcutOptions,
  type Shortcuts,
} from './find-shortcuts.js';
export { shortcutsOfFolder, type FolderOptions } from './folder.js';
export type { EvidenceKind } from './transplants.js';
export { shortcutPage } from './page.js';
export {
  shortcutReport,
  type ClassFigures,
  type ReportOptions,
  type ShortcutReport,
  type ShownFinding,
} from './report.js';
export type { QueriedNetwork, EvidenceMap, ShownImages } from './types.js';
export type { Basis } from './candidate.js';
export type { Verdict } from './verdict.js';
