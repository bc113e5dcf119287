import type { StageMethod } from '../types.js';
import { boxesSource } from './boxes.js';
import { camSource } from './cam.js';
import { centerSource } from './center.js';
import type { MapSource } from './types.js';
import { eigenCamSource } from './eigen-cam.js';
import { eigenPermutedSource } from './eigen-permuted.js';
import { eigenShiftedSource } from './eigen-shifted.js';
import { groupCamSource } from './group-cam.js';
import { lafamSource } from './lafam.js';
import { noSource } from './none.js';
import { randomSource } from './random.js';
import { reciproCamSource } from './recipro-cam.js';

/** Every value of `stage.method`. */
export const mapSources: Readonly<Record<StageMethod, MapSource>> = {
  'group-cam': groupCamSource,
  lafam: lafamSource,
  'eigen-cam': eigenCamSource,
  cam: camSource,
  'recipro-cam': reciproCamSource,
  'eigen-permuted': eigenPermutedSource,
  'eigen-shifted': eigenShiftedSource,
  random: randomSource,
  center: centerSource,
  none: noSource,
  boxes: boxesSource,
};
