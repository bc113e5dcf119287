import { existsSync } from 'node:fs';
import { Failure } from '../errors.js';
import { loadTensorflow } from '../tensorflow/index.js';
import { checkUnloaded, enginePath, watchCommunication } from '../tensorflow/native/index.js';
import { startControl } from './control/index.js';
import { groupOf } from './group.js';
import { soloGroup } from './solo-group.js';
import { checkPlace } from './check-place.js';
import type { Group, Patience, Place } from './types.js';

/** Seconds that a process has to end by itself when a rank is lost: with the silence, less than a minute. */
const GRACE = 35;

/** Seconds that rank 0 has to name the rank that does not come, before TensorFlow's own patience ends, which names none. */
const NAMING = 60;

/**
 * Joins the other ranks and makes native TensorFlow the backend of tfjs in this process, with graphs for compile() and
 * a runtime that the ranks share. Call it instead of loadTensorflow(), before the first tensor, on the main thread; a
 * process is one rank, once. Worker threads may load TensorFlow for themselves, but are no ranks.
 *
 * TensorFlow listens at the rank's port on every interface and asks nobody for a password: use it in trusted networks.
 * Where all addresses are loopback ones the port drops what comes from other machines.
 *
 * @param patience how long ranks wait for each other
 * @throws InvalidInput for a place that is none, Failure when TensorFlow is loaded already, when it is not installed,
 *   and when a rank does not come, with its name
 */
export async function joinGroup(place: Place, patience: Patience = {}): Promise<Group> {
  const control = checkPlace(place);
  const { rank, addresses, secret = '' } = place;
  const { join = 60, silence = 20, reduce = 1800 } = patience;
  if (addresses.length === 1) {
    await loadTensorflow();
    return soloGroup();
  }
  checkUnloaded();
  const engine = enginePath();
  if (!existsSync(engine))
    throw new Failure('ranks need the engine of camtune, which is not built; run `camtune setup`');
  const line = startControl({
    rank,
    addresses,
    control,
    secret,
    join,
    silence,
    reduce,
    grace: GRACE,
    engine,
  });
  await line.joined;
  try {
    await loadTensorflow({ rank, addresses });
  } catch (error) {
    await line.fail((error as Error).message);
    throw error;
  }
  watchCommunication(line.computing);
  // Every runtime listens before the first tensor sets out.
  await line.gather('');
  const timeout = reduce && reduce + NAMING;
  return groupOf({ rank, size: addresses.length, timeout }, line);
}
