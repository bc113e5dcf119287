import type { Group } from '../../distributed/index.js';

/** Milliseconds until a process ends whose computation waits for lost ones, and may never end. */
const GRACE = 3000;

/**
 * Does something in a group, and leaves it.
 *
 * @throws why `work` failed: the Failure that names the lost rank, where one is lost. This process ends soon after
 */
export async function inGroup(group: Group, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    await group.leave();
  } catch (error) {
    setTimeout(() => process.exit(), GRACE).unref();
    throw await group.cause(error);
  }
}
