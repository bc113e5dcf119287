import { deadlock } from './deadlock.mjs';
import { signOf } from './marks.mjs';
import { reached } from './reached.mjs';

/** @typedef {import('./messages.js').ThreadData} ThreadData */

/**
 * What is wrong with a group at this moment: ranks that have not come in time, that give no sign of life, or that keep
 * others waiting for too long.
 *
 * @param {readonly (import('./messages.js').Member | undefined)[]} members by rank
 * @param {Pick<ThreadData, 'addresses' | 'join' | 'silence' | 'reduce' | 'marks'>} group
 * @param {object} at
 * @param {number} at.now seconds
 * @param {boolean} at.isLate whether all should have come
 * @param {string} at.refused about those who came and were turned away
 * @returns {import('./messages.js').Loss | undefined}
 */
export function lossAmong(members, { addresses, join, silence, reduce, marks }, { now, isLate, refused }) {
  /** @param {number} rank */
  const name = (rank) => `rank ${rank} (${addresses[rank]})`;
  /** @param {number} step */
  const howFar = (step) => reached(step, 0, signOf(marks).step);
  const there = [...members.entries()].flatMap(([rank, member]) => (member ? [{ rank, ...member }] : []));
  const missing = addresses.flatMap((_, rank) => (members[rank] ? [] : [rank]));
  if (isLate && missing[0] !== undefined) {
    const have = `${missing.map(name).join(', ')} ${missing.length === 1 ? 'has' : 'have'}`;
    return { reason: `${have} not joined within ${join} s${refused}`, rank: missing[0] };
  }
  // Rank 0 would have to hear itself.
  const silent = there.find(({ rank, heard }) => rank > 0 && now - heard > silence);
  if (silent) {
    const { rank, sign } = silent;
    return { reason: `${name(rank)} is lost: no sign of life for ${silence} s${howFar(sign.step)}`, rank };
  }
  const stuck = there
    .filter(({ since }) => reduce > 0 && now - since > reduce)
    .map(({ rank, sign }) => ({ rank, name: name(rank), ...sign }));
  const loss = deadlock(stuck, reduce);
  return loss && { ...loss, reason: `${loss.reason}${howFar(Math.min(...stuck.map(({ step }) => step)))}` };
}
