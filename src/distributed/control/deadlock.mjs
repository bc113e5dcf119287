/** @typedef {{ rank: number, name: string, activity: import('./messages.js').Activity }} Stuck a rank that has long done the same */

/**
 * Why ranks that live get no further: one is away, or at work, while others wait for it, or they wait for each other in
 * different places. Where all do the same there may be nothing wrong, and nobody could be named.
 *
 * @param {readonly Stuck[]} ranks
 * @param {number} seconds for which they have done the same
 * @returns {import('./messages.js').Loss | undefined}
 */
export function deadlock(ranks, seconds) {
  /** @param {import('./messages.js').Activity} activity */
  const those = (activity) => ranks.filter((rank) => rank.activity === activity);
  const [apart, computing, reducing, listening] = [
    those('apart'),
    those('computing'),
    those('reducing'),
    those('listening'),
  ];
  const inStep = [...reducing, ...computing];
  const first = inStep[0] ?? listening[0];
  if (!first) return undefined;
  if (apart.length > 0) {
    const where = first.activity === 'listening' ? 'to hear from all' : 'in a step';
    return lost(apart, `been busy between steps for ${seconds} s, while ${first.name} waits ${where}`);
  }
  if (reducing.length > 0 && computing.length > 0)
    return lost(computing, `been computing within a step for ${seconds} s, while ${first.name} waits there to reduce`); // prettier-ignore
  const [other] = listening;
  if (!other || other === first) return undefined;
  const reason = `${first.name} and ${other.name} wait for each other: for ${seconds} s the one in a step, the other to hear from all`;
  return { reason, rank: first.rank };
}

/**
 * @param {readonly Stuck[]} ranks which do not come
 * @param {string} doing
 */
function lost(ranks, doing) {
  const names = ranks.map(({ name }) => name).join(', ');
  const have = ranks.length === 1 ? 'does not come: it has' : 'do not come: they have';
  return { reason: `${names} ${have} ${doing}`, rank: ranks[0]?.rank };
}
