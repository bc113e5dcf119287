import { existsSync } from 'node:fs';
import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { strToU8, type Zippable } from 'fflate';
import { Failure } from '../../src/errors.js';
import { pinnedWheels } from '../../src/setup/requirements.js';
import { findPip } from '../../src/setup/tools.js';
import { fetchWheel, hasWheel, removeLeftovers } from '../../src/setup/wheel.js';
import { type FakeWheel, offline, wheelIndex, withHome, writeFiles } from './home.js';

const immediately = <T>(_: string, work: () => Promise<T>): Promise<T> => work();

const tensorflow: Zippable = {
  'tensorflow/libtensorflow_cc.so.2': strToU8('cc'),
  'tensorflow/libtensorflow_framework.so.2': strToU8('framework'),
  'tensorflow/include/tensorflow/c/eager/c_api.h': strToU8('// header'),
  'tensorflow/include/Eigen/Core': strToU8('not wanted'),
  'tensorflow/python/__init__.py': strToU8('not wanted'),
};

const cpuWheel: FakeWheel = { name: 'tensorflow-cpu', version: '2.21.0', files: tensorflow };
const cpuFile = 'tensorflow_cpu-2.21.0-py3-none-any.whl';

describe('fetchWheel', () => {
  let python: string;

  before(async function () {
    const tool = await findPip();
    if (tool.version === undefined) {
      console.log(`    skipped: no pip here (${tool.fix})`);
      this.skip();
    }
    python = tool.command;
  });

  /** With an empty cache folder, and the wheels given as all that pip can find. */
  async function withIndex(
    wheels: readonly FakeWheel[],
    work: (home: string, index: string, requirements: string) => Promise<void>,
  ): Promise<void> {
    const index = await mkdtemp(join(tmpdir(), 'camtune-index-'));
    const requirements = await wheelIndex(index, wheels);
    const test = (home: string): Promise<void> => work(home, index, requirements);
    await withHome(test, offline(index)).finally(() => rm(index, { recursive: true }));
  }

  it('unpacks the libraries and the C headers of the CPU wheel, and nothing else', () =>
    withIndex([cpuWheel], async (home, _, requirements) => {
      expect(hasWheel('cpu')).to.equal(false);
      await fetchWheel('cpu', python, immediately, requirements);
      expect(hasWheel('cpu')).to.equal(true);
      expect(await readdir(home)).to.deep.equal(['tensorflow-cpu-2.21.0']);
      const folder = join(home, 'tensorflow-cpu-2.21.0', 'tensorflow');
      expect(await readFile(join(folder, 'libtensorflow_cc.so.2'), 'utf8')).to.equal('cc');
      expect(await readdir(folder, { recursive: true })).to.have.members([
        'include',
        'include/tensorflow',
        'include/tensorflow/c',
        'include/tensorflow/c/eager',
        'include/tensorflow/c/eager/c_api.h',
        'libtensorflow_cc.so.2',
        'libtensorflow_framework.so.2',
      ]);
    }));

  it("puts NVIDIA's wheels beside the CUDA build; programs stay programs", () => {
    const nvidia = (name: string, files: Zippable): FakeWheel => ({ name, version: '12.9.86', files });
    const wheels = [
      { ...cpuWheel, name: 'tensorflow' },
      nvidia('nvidia-cublas-cu12', { 'nvidia/cublas/lib/libcublas.so.12': strToU8('cublas') }),
      nvidia('nvidia-cuda-nvcc-cu12', {
        'nvidia/cuda_nvcc/bin/ptxas': [strToU8('#!'), { os: 3, attrs: 0o755 << 16 }],
      }),
    ];
    return withIndex(wheels, async (home, _, requirements) => {
      await fetchWheel('gpu', python, immediately, requirements);
      expect(hasWheel('gpu')).to.equal(true);
      const folder = join(home, 'tensorflow-gpu-2.21.0', 'nvidia');
      expect(await readFile(join(folder, 'cublas/lib/libcublas.so.12'), 'utf8')).to.equal('cublas');
      expect((await stat(join(folder, 'cuda_nvcc/bin/ptxas'))).mode & 0o111).to.equal(0o111);
    });
  });

  it('says what pip said, and leaves nothing that would be taken for whole', () =>
    withIndex([cpuWheel], async (home, index, requirements) => {
      await rm(join(index, cpuFile));
      const error = await failureOf(fetchWheel('cpu', python, immediately, requirements));
      expect(error.message).to.match(
        /^setup: pip download tensorflow-cpu==2\.21\.0 failed \(ERROR: Could not find/,
      );
      expect(hasWheel('cpu')).to.equal(false);
      await removeLeftovers();
      expect(await readdir(home)).to.deep.equal([]);
    }));

  it('refuses a wheel that is not the pinned one, and names file, expected and found hash', () =>
    withIndex([cpuWheel], async (_, index, requirements) => {
      const [pin] = pinnedWheels(requirements);
      await appendFile(join(index, cpuFile), 'more'); // still a zip file that opens
      const error = await failureOf(fetchWheel('cpu', python, immediately, requirements));
      expect(error.message).to.match(
        new RegExp(
          `^setup: ${cpuFile}: expected SHA-256 ${pin!.sha256}, found SHA-256 [0-9a-f]{64}; [^\n]*$`,
        ),
      );
      expect(error.message).not.to.match(new RegExp(`${pin!.sha256}.*${pin!.sha256}`));
      expect(hasWheel('cpu')).to.equal(false);
    }));

  it('takes wheels that a killed setup has downloaded, where they are the pinned ones', () =>
    withIndex([cpuWheel], async (home, index, requirements) => {
      const left = join(home, 'wheels-cpu-2.21.0');
      await mkdir(left, { recursive: true });
      await copyFile(join(index, cpuFile), join(left, cpuFile));
      await rm(join(index, cpuFile)); // pip could not fetch it again
      await writeFiles(home, { 'tensorflow-cpu-2.21.0.1.tmp/tensorflow/libtensorflow_cc.so.2': 'half' });
      await removeLeftovers();
      await fetchWheel('cpu', python, immediately, requirements);
      expect(hasWheel('cpu')).to.equal(true);
      expect(await readdir(home)).to.deep.equal(['tensorflow-cpu-2.21.0']);
    }));

  it('refuses wheels in the cache that are not the pinned ones, and fetches them anew the next time', () =>
    withIndex([cpuWheel], async (home, index, requirements) => {
      const left = join(home, 'wheels-cpu-2.21.0');
      const cases: [string, () => Promise<void>, RegExp][] = [
        [
          'changed',
          () => appendFile(join(left, cpuFile), 'x'),
          /: expected SHA-256 \w+, found SHA-256 \w+; /,
        ],
        [
          'unknown',
          () => writeFile(join(left, 'evil-1-py3-none-any.whl'), ''),
          /^setup: evil-1-.*: expected no such wheel, /,
        ],
        [
          'missing',
          () => rm(join(left, cpuFile)),
          /expected the wheels tensorflow-cpu 2\.21\.0 in .*, found none/,
        ],
      ];
      for (const [name, spoil, message] of cases) {
        await mkdir(left, { recursive: true });
        await copyFile(join(index, cpuFile), join(left, cpuFile));
        await spoil();
        const error = await failureOf(fetchWheel('cpu', python, immediately, requirements));
        expect(error.message, name).to.match(message);
        expect(hasWheel('cpu'), name).to.equal(false);
        expect(existsSync(left), name).to.equal(false);
      }
      await fetchWheel('cpu', python, immediately, requirements);
      expect(hasWheel('cpu')).to.equal(true);
    }));

  it('says when a wheel cannot be unpacked', () =>
    withIndex(
      [{ ...cpuWheel, files: { 'tensorflow/libtensorflow_cc.so.2': strToU8('x') } }],
      async (_, _index, requirements) => {
        const error = await failureOf(fetchWheel('cpu', python, immediately, requirements));
        expect(error.message).to.match(
          /^setup: expected TensorFlow's libraries and headers in .*, found others$/,
        );
      },
    ));
});

describe('removeLeftovers', () => {
  it('removes temporary names alone', () =>
    withHome(async (home) => {
      await mkdir(home, { recursive: true });
      await writeFiles(home, { 'engine.node': '', 'engine.node.7.tmp': '', 'setup.lock': '' });
      await removeLeftovers();
      expect((await readdir(home)).sort()).to.deep.equal(['engine.node', 'setup.lock']);
    }));
});

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(Failure);
  return error as Failure;
}
