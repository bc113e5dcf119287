export {
  changeOverFloor,
  floorMaps,
  type Change,
  type ChangeOfMaps,
  type ChangeOverFloor,
  type EpochMaps,
  type FloorMaps,
  type MeanDistance,
} from './change-over-floor.js';
export { mapDistance, measures, type MapDistance } from './map-distance.js';
export { imagesInView, type LineTensors } from './images-in-view.js';
export { mapInView, sampling, viewOf, views, type Line, type View } from './views.js';
export {
  mapsFolder,
  readMaps,
  refuseOther,
  writeListedImages,
  writeMaps,
  type ListedImage,
  type MapSet,
} from './maps-folder.js';
export { mapsInBatches } from './maps-in-batches.js';
export { rankChange, rankDistance, type RankChange } from './rank-change.js';
export { shrunk } from './shrunk.js';
export { stepOverFloor } from './step-over-floor.js';
export { floorOfRun } from './run-floor.js';
