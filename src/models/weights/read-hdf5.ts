import { fork } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../errors.js';
import { regularFileSize } from '../../files/read-file.js';

/** What the process that reads an HDF5 file may take. */
export interface Hdf5Limits {
  /** Of the library's memory, bytes. */
  memory: number;
  /** Of all values together, bytes. */
  values: number;
  /** What it may compute: not the time of day, which passes quickly on a busy machine. */
  cpuSeconds: number;
}

/** What that process says, one message after the other; `end` or `problem` is the last. */
export type FromHdf5 =
  | { kind: 'about'; version?: string; config?: string; hasLayers: boolean }
  | { kind: 'weight'; name: string; shape: number[]; values: Float32Array }
  | { kind: 'problem'; reason: string }
  | { kind: 'end' };

export interface Hdf5Weight {
  name: string;
  shape: number[];
  values: Float32Array;
}

/** A Keras file as it stands there. */
export interface Hdf5Content {
  /** Of the Keras that wrote it. */
  version?: string;
  /** The model's configuration as JSON. */
  config?: string;
  /** Whether it has Keras's list of layers. */
  hasLayers: boolean;
  weights: Hdf5Weight[];
}

const mebibyte = 2 ** 20;

/**
 * Reads the HDF5 file of a Keras model in a process of its own, which may take a computing time and a memory that go
 * with the file's size: a damaged file ends that process and not this one.
 *
 * @param cpuSeconds until it is given up; default: 20, and one for every 10 MB
 * @param name for messages, where the file is part of another
 * @throws Failure where the file is broken
 */
export async function readHdf5(path: string, cpuSeconds?: number, name = path): Promise<Hdf5Content> {
  const size = await regularFileSize(path, 4096 * mebibyte);
  // Values may be compressed; a file of trained weights gets hardly smaller by it.
  const limits: Hdf5Limits = {
    memory: 256 * mebibyte + 2 * size,
    values: 16 * mebibyte + 4 * size,
    cpuSeconds: cpuSeconds ?? 20 + size / 1e7,
  };
  const content: Hdf5Content = { hasLayers: false, weights: [] };
  const outcome = await listen(resolve(path), limits, (message) => {
    if (message.kind === 'about') Object.assign(content, message);
    else if (message.kind === 'weight') {
      const { name, shape, values } = message;
      content.weights.push({ name, shape, values: new Float32Array(values) }); // a buffer of its own
    }
  });
  if (outcome !== undefined) throw new Failure(`${name}: cannot be read as a Keras .h5 file: ${outcome}`);
  return content;
}

/** @returns what went wrong, or undefined */
function listen(
  path: string,
  limits: Hdf5Limits,
  take: (message: FromHdf5) => void,
): Promise<string | undefined> {
  const program = fileURLToPath(new URL('hdf5-process.mjs', import.meta.url));
  const child = fork(program, [path, JSON.stringify(limits)], {
    execArgv: ['--max-old-space-size=1024'],
    serialization: 'advanced',
    // HDF5 prints its own stack of errors.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((settle) => {
    let outcome: string | undefined = "HDF5's library crashed on it; it is broken";
    // Should the process neither compute nor end.
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000 * limits.cpuSeconds);
    child.on('message', (message: FromHdf5) => {
      if (message.kind === 'end') outcome = undefined;
      else if (message.kind === 'problem') outcome = message.reason;
      else take(message);
    });
    child.on('error', (error) => {
      outcome = `the process that reads it did not start (${error.message})`;
    });
    child.on('close', (_, signal) => {
      clearTimeout(timer);
      if (signal === 'SIGKILL') outcome = 'it takes far more time than its size; it is broken';
      settle(outcome);
    });
  });
}
