/** @typedef {{ name: string, activity: import('./messages.js').Activity }} Stuck a rank that has long done the same */

/**
 * Why ranks that live get no further: one is away while others wait for it, or they wait for each other in different
 * places. Where all do the same there may be nothing wrong, and nobody could be named.
 *
 * @param {readonly Stuck[]} ranks
 * @param {number} seconds for which they have done the same
 * @returns {string | undefined} a sentence
 */
export function deadlock(ranks, seconds) {
  const apart = ranks.filter(({ activity }) => activity === 'apart');
  const waiting = ranks.filter(({ activity }) => activity !== 'apart');
  const [first] = waiting;
  if (!first) return undefined;
  if (apart.length > 0) {
    const [come, are] = apart.length === 1 ? ['does not come', 'it has'] : ['do not come', 'they have'];
    const where = first.activity === 'computing' ? 'in a step' : 'to hear from all';
    return `${list(apart)} ${come}: ${are} been busy between steps for ${seconds} s, while ${first.name} waits ${where}`;
  }
  const other = waiting.find(({ activity }) => activity !== first.activity);
  if (!other) return undefined;
  const [computing, listening] = first.activity === 'computing' ? [first, other] : [other, first];
  return `${computing.name} and ${listening.name} wait for each other: for ${seconds} s the one in a step, the other to hear from all`;
}

/** @param {readonly Stuck[]} ranks */
const list = (ranks) => ranks.map(({ name }) => name).join(', ');
