// A program of its own: on a damaged file, HDF5's library may loop, abort or grow without end. Plain JavaScript, so
// that it starts from the sources without a loader, which takes seconds over HDF5's four megabytes.
import fs from 'node:fs';
import { Worker } from 'node:worker_threads';

/** @typedef {{ buffer: ArrayBuffer, grow: (this: Memory, pages: number) => number }} Memory */

const [path = '', text = '{}'] = process.argv.slice(2);
/** @type {unknown} */
const parsed = JSON.parse(text);
const limits = /** @type {import('./read-hdf5.js').Hdf5Limits} */ (parsed);
watch();
confine();
// After confine(): the library takes its memory as it is loaded.
const { BrokenHdf5, readContent } = await import('./hdf5-content.mjs');
try {
  await readContent(path, limits.values, send);
  await send({ kind: 'end' });
} catch (error) {
  const reason = error instanceof BrokenHdf5 ? error.message : 'it is broken or cut off';
  await send({ kind: 'problem', reason });
}
process.disconnect?.();

/** A file may point into others, and its sizes may be anything: no other file is opened, memory grows so far only. */
function confine() {
  const open = fs.openSync.bind(fs);
  fs.openSync = (file, ...rest) => {
    if (fs.realpathSync(file) !== fs.realpathSync(path)) throw new Error('it points to another file');
    return open(file, ...rest);
  };
  const { WebAssembly: webAssembly } = /** @type {{ WebAssembly: { Memory: { prototype: Memory } } }} */ (
    /** @type {unknown} */ (globalThis)
  );
  const memory = webAssembly.Memory.prototype;
  const { grow } = memory;
  memory.grow = function (pages) {
    if (this.buffer.byteLength + pages * 65536 > limits.memory) throw new RangeError('out of memory');
    return grow.call(this, pages);
  };
}

/** Ends this process, whatever it is in, once it has computed for too long. */
function watch() {
  const code = `
    const most = ${limits.cpuSeconds} * 1e6;
    setInterval(() => {
      const { user, system } = process.cpuUsage();
      if (user + system > most) process.kill(process.pid, 'SIGKILL');
    }, 250);`;
  new Worker(code, { eval: true, execArgv: [] }).unref();
}

/**
 * @param {import('./read-hdf5.js').FromHdf5} message
 * @returns {Promise<void>}
 */
function send(message) {
  return new Promise((resolve, reject) => {
    process.send?.(message, (/** @type {Error | null} */ error) => (error ? reject(error) : resolve()));
  });
}
