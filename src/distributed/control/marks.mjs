// How a rank is, in memory that its main thread and its control thread share.

/** @type {readonly import('./messages.js').Activity[]} */
const activities = ['apart', 'computing', 'listening'];

/** No step, and work of its own. */
export function newMarks() {
  return new Int32Array(new SharedArrayBuffer(12)).fill(-1, 0, 1);
}

/**
 * @param {Int32Array} marks
 * @param {number} step
 */
export function markStep(marks, step) {
  Atomics.store(marks, 0, step);
}

/**
 * @param {Int32Array} marks
 * @param {import('./messages.js').Activity} activity
 */
export function markActivity(marks, activity) {
  Atomics.store(marks, 1, activities.indexOf(activity));
  Atomics.add(marks, 2, 1);
}

/**
 * @param {Int32Array} marks
 * @returns {import('./messages.js').Sign}
 */
export function signOf(marks) {
  const [step = -1, activity = 0, changes = 0] = [0, 1, 2].map((index) => Atomics.load(marks, index));
  return { step, activity: activities[activity] ?? 'apart', changes };
}
