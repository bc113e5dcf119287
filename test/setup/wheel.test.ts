import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { strToU8, type Zippable } from 'fflate';
import { Failure } from '../../src/errors.js';
import { fetchWheel, hasWheel, removeLeftovers } from '../../src/setup/wheel.js';
import { fakePython, withHome, writeFiles } from './home.js';

const immediately = <T>(_: string, work: () => Promise<T>): Promise<T> => work();

const tensorflow: Zippable = {
  'tensorflow/libtensorflow_cc.so.2': strToU8('cc'),
  'tensorflow/libtensorflow_framework.so.2': strToU8('framework'),
  'tensorflow/include/tensorflow/c/eager/c_api.h': strToU8('// header'),
  'tensorflow/include/Eigen/Core': strToU8('not wanted'),
  'tensorflow/python/__init__.py': strToU8('not wanted'),
};

describe('fetchWheel', () => {
  it('unpacks the libraries and the C headers of the CPU wheel, and nothing else', () =>
    withHome(async (home) => {
      const { python, asked } = await fakePython(join(dirname(home), 'pip'), {
        'tensorflow-cpu': tensorflow,
      });
      expect(hasWheel('cpu')).to.equal(false);
      await fetchWheel('cpu', python, immediately);
      expect(hasWheel('cpu')).to.equal(true);
      expect(await readFile(asked, 'utf8')).to.equal('tensorflow-cpu==2.21.0\n');
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

  it("puts NVIDIA's wheels, named by TensorFlow's own, beside the CUDA build; programs stay programs", () =>
    withHome(async (home) => {
      const metadata =
        'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5; extra == "and-cuda"\nRequires-Dist: numpy>=1.26';
      const { python, asked } = await fakePython(join(dirname(home), 'pip'), {
        tensorflow: { ...tensorflow, 'tensorflow-2.21.0.dist-info/METADATA': strToU8(metadata) },
        'nvidia-cublas-cu12': {
          'nvidia/cublas/lib/libcublas.so.12': strToU8('cublas'),
          'nvidia/cuda_nvcc/bin/ptxas': [strToU8('#!'), { os: 3, attrs: 0o755 << 16 }],
        },
      });
      await fetchWheel('gpu', python, immediately);
      expect(hasWheel('gpu')).to.equal(true);
      expect(await readFile(asked, 'utf8')).to.equal('tensorflow==2.21.0\nnvidia-cublas-cu12<13.0,>=12.5\n');
      const nvidia = join(home, 'tensorflow-gpu-2.21.0', 'nvidia');
      expect(await readFile(join(nvidia, 'cublas/lib/libcublas.so.12'), 'utf8')).to.equal('cublas');
      expect((await stat(join(nvidia, 'cuda_nvcc/bin/ptxas'))).mode & 0o111).to.equal(0o111);
    }));

  it('says what pip said, and leaves nothing that would be taken for whole', () =>
    withHome(async (home) => {
      const { python } = await fakePython(join(dirname(home), 'pip'), {});
      const error = await failureOf(fetchWheel('cpu', python, immediately));
      expect(error.message).to.match(
        /^setup: pip download tensorflow-cpu==2\.21\.0 failed \(ERROR: No matching/,
      );
      expect(hasWheel('cpu')).to.equal(false);
      await removeLeftovers();
      expect(await readdir(home)).to.deep.equal([]);
    }));

  it('goes on with wheels that a killed setup has downloaded', () =>
    withHome(async (home) => {
      const { python, asked } = await fakePython(join(dirname(home), 'pip'), {
        'tensorflow-cpu': tensorflow,
      });
      const killed = async (name: string, work: () => Promise<unknown>): Promise<never> => {
        if (name.startsWith('download')) await work();
        else throw new Error('killed');
        return undefined as never;
      };
      await fetchWheel('cpu', python, killed).catch(() => undefined);
      expect(hasWheel('cpu')).to.equal(false);
      await writeFiles(home, { 'tensorflow-cpu-2.21.0.1.tmp/tensorflow/libtensorflow_cc.so.2': 'half' });
      await removeLeftovers();
      await fetchWheel('cpu', python, immediately);
      expect(hasWheel('cpu')).to.equal(true);
      expect((await readFile(asked, 'utf8')).trim().split('\n')).to.have.length(1);
      expect(await readdir(home)).to.deep.equal(['tensorflow-cpu-2.21.0']);
    }));

  it('fetches a broken wheel anew the next time', () =>
    withHome(async (home) => {
      const { python } = await fakePython(join(dirname(home), 'pip'), {});
      await writeFiles(home, { 'wheels-cpu-2.21.0/tensorflow_cpu.whl': 'not a zip file' });
      const error = await failureOf(fetchWheel('cpu', python, immediately));
      expect(error.message).to.match(/cannot be unpacked .*zip file.*; run setup again$/);
      expect(existsSync(join(home, 'wheels-cpu-2.21.0'))).to.equal(false);
    }));
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
