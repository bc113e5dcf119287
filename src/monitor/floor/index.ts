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
export { mapDistance, type MapDistance } from './map-distance.js';
export { mapInView, viewOf, views, type View } from './views.js';
export { floorOfRun } from './run-floor.js';
