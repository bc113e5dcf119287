export { convergence, type EpochChange } from './convergence.js';
export {
  changeOverFloor,
  floorMaps,
  floorOfRun,
  imagesInView,
  mapDistance,
  mapsFolder,
  mapsInBatches,
  readMaps,
  rankChange,
  sampling,
  stepOverFloor,
  views,
  writeListedImages,
  writeMaps,
  type Change,
  type ChangeOfMaps,
  type ChangeOverFloor,
  type EpochMaps,
  type FloorMaps,
  type LineTensors,
  type MapDistance,
  type MapSet,
  type RankChange,
  type View,
} from './floor/index.js';
export { changesFrom, mapsFrom, type ChangesFrom, type MapsFrom } from './maps-from.js';
export { mapChange, meanChange, type MapChange, type MeanChange } from './map-change.js';
export { serveReport, type LiveReport, type ServeOptions } from './live/index.js';
export { reportCache, type ReportCache } from './page/index.js';
export { report, reportOfMaps, reportOfRuns } from './report.js';
export {
  queriedNetwork,
  findShortcuts,
  shortcutPage,
  shortcutReport,
  shortcutsOfFolder,
  type QueriedNetwork,
  type EvidenceKind,
  type EvidenceMap,
  type Finding,
  type FolderOptions,
  type ImageNetwork,
  type ShortcutOptions,
  type ShortcutReport,
  type Shortcuts,
  type ShownFinding,
  type ShownImages,
  type Basis,
  type Verdict,
} from './shortcuts/index.js';
export { runsAmong } from './runs-among.js';
export { changeTable, classTable, floorTable, type TextTable } from './tables.js';
