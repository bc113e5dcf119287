import { Failure } from '../errors.js';
import { lonelyGroup } from './lonely.js';
import type { Group, Patience, Place } from './types.js';

/**
 * Joins the other ranks and makes native TensorFlow the backend of tfjs in this process, with graphs for compile() and
 * a runtime that the ranks share. Call it instead of loadTensorflow(), before the first tensor, on the main thread; a
 * process is one rank, once. Worker threads may load TensorFlow for themselves, but are no ranks.
 *
 * @param patience how long ranks wait for each other
 * @throws InvalidInput for a place that is none, Failure when TensorFlow is loaded already, when it is not installed,
 *   and when a rank does not come, with its name
 */
export function joinGroup(place: Place, patience: Patience = {}): Promise<Group> {
  if (place.addresses.length === 1) return Promise.resolve(lonelyGroup());
  void patience;
  return Promise.reject(new Failure('groups of several ranks: not built yet'));
}
