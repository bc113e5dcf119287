import { needsNative } from '../backend.js';
import { type Scene, smallScene } from '../train/support/scene.js';

/**
 * A small scene for a suite that needs the native runtime: made before its tests, removed behind them; there as soon as
 * one of them begins.
 *
 * @param prepare what else is made before the tests
 */
export function suiteScene(prepare: (scene: Scene) => Promise<void>): Scene {
  const scene = {} as Scene;
  before(async () => void Object.assign(scene, await smallScene()));
  before(needsNative);
  before(() => prepare(scene));
  after(() => scene.remove());
  return scene;
}
