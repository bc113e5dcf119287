import { createHmac, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { Failure } from '../errors.js';
import { loadTensorflow } from '../tensorflow/index.js';
import {
  checkUnloaded,
  engineOfRanks,
  enginePath,
  mayHaveGpu,
  watchCommunication,
} from '../tensorflow/native/index.js';
import { type Control, startControl } from './control/index.js';
import { groupOf } from './group.js';
import { soloGroup } from './solo-group.js';
import { checkPlace } from './check-place.js';
import { connectRing } from './ring/index.js';
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
 * Where no rank may have a GPU they reduce in a ring of their own: a rank listens at its address until its neighbor has
 * proved that it belongs to the group, and no longer. Otherwise TensorFlow listens at the rank's port on every interface
 * and asks nobody for a password: use it in trusted networks. Where all addresses are loopback ones the port then drops
 * what comes from other machines.
 *
 * @param patience how long ranks wait for each other
 * @param gpu whether this process may compute on one; by default looked for
 * @throws InvalidInput for a place that is none, Failure when TensorFlow is loaded already, when it is not installed,
 *   and when a rank does not come, with its name
 */
export async function joinGroup(
  place: Place,
  patience: Patience = {},
  gpu = mayHaveGpu(process.env),
): Promise<Group> {
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
    version: versionOf(engine),
    join,
    silence,
    reduce,
    grace: GRACE,
    engine,
  });
  await line.joined;
  const timeout = reduce && reduce + NAMING;
  const size = addresses.length;
  try {
    const own: Token = { gpu, token: randomBytes(16).toString('hex') };
    const tokens = (await line.gather(JSON.stringify(own))).map((text) => JSON.parse(text) as Token);
    const onGpus = tokens.some(({ gpu }) => gpu);
    const key = createHmac('sha256', secret)
      .update(tokens.map(({ token }) => token).join())
      .digest('hex');
    const ring = onGpus
      ? await shareTensorflow(place)
      : await enterRing(line, { rank, addresses, key, patience: join });
    // Everybody is ready before the first tensor sets out.
    await line.gather('');
    watchCommunication(line.computing);
    return groupOf({ rank, size, timeout, ring }, line);
  } catch (error) {
    const lost = line.lost();
    if (!lost) await line.fail((error as Error).message);
    throw lost ?? error;
  }
}

/** Of camtune, and of its engine: a hash of the sources, whatever the processor. */
function versionOf(engine: string): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return `${version}-${basename(engine, '.node').split('-').at(-1)}`;
}

/** What ranks tell each other first: all tokens together make the key of the ring, which is another one at every start. */
interface Token {
  gpu: boolean;
  token: string;
}

/** Ranks of which some may have GPUs: TensorFlow's own communication. */
async function shareTensorflow({ rank, addresses }: Place): Promise<undefined> {
  await loadTensorflow({ rank, addresses });
}

/** Ranks on CPUs: a ring of their own, and a TensorFlow that knows nothing of the others. */
async function enterRing(
  line: Control,
  place: { rank: number; addresses: readonly string[]; key: string; patience: number },
): Promise<{ leave: () => void }> {
  const { rank, addresses } = place;
  const connections = await Promise.race([
    connectRing({ ...place, allListen: () => line.gather('') }),
    line.untilLost(),
  ]);
  try {
    // A reduction takes up one of TensorFlow's threads while it waits: others have to be left.
    if (availableParallelism() === 1) process.env['TF_NUM_INTEROP_THREADS'] ??= '2';
    await loadTensorflow();
    const engine = engineOfRanks();
    const names = addresses.map((address, other) => `rank ${other} (${address})`);
    engine.joinRing(rank, names, connections.next, connections.previous);
    return { leave: () => engine.leaveRing() };
  } finally {
    // Before the others can send anything, which would be read here.
    connections.close();
  }
}
