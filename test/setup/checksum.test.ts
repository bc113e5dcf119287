import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { pinnedWheels, requirementsFile } from '../../src/setup/requirements.js';
import { refusedByPip } from '../../src/setup/checksum.js';
import { requireIntegrity, TFJS_NODE_INTEGRITY } from '../../src/setup/tfjs-package.js';
import { errorOf } from '../data/folder.js';
import { withHome, writeFiles } from './home.js';
import { join } from 'node:path';

const hash = (digit: string): string => digit.repeat(64);

describe('the wheels that setup takes', () => {
  it('are pinned by SHA-256, one a line', () => {
    const names = (variant: 'cpu' | 'gpu', arch: string): string[] => {
      const path = requirementsFile(variant, arch);
      const lines = readFileSync(path, 'utf8').trim().split('\n');
      const pins = pinnedWheels(path);
      expect(pins).to.have.length(lines.filter((line) => !line.startsWith('#')).length);
      return pins.map(({ name, version }) => (name.startsWith('tensorflow') ? `${name}==${version}` : name));
    };
    expect(names('cpu', 'x64')).to.deep.equal(['tensorflow-cpu==2.21.0']);
    expect(names('cpu', 'arm64')).to.deep.equal(['tensorflow==2.21.0']);
    // The extra and-cuda of that wheel.
    const cuda =
      'cublas cuda-cupti cuda-nvcc cuda-nvrtc cuda-runtime cudnn cufft curand cusolver cusparse nccl nvjitlink';
    expect(names('gpu', 'x64')).to.deep.equal([
      'tensorflow==2.21.0',
      ...cuda.split(' ').map((name) => `nvidia-${name}-cu12`),
    ]);
  });
});

describe('refusedByPip', () => {
  it('finds the file and both hashes in what pip says', () => {
    const stderr = `ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.
    tensorflow-cpu==2.21.0 from https://example.org/a/tensorflow_cpu-2.21.0-x.whl#sha256=${hash('c')} (from -r r.txt (line 2)):
        Expected sha256 ${hash('a')}
             Got        ${hash('b')}
`;
    expect(refusedByPip(stderr)?.message).to.contain(
      `setup: tensorflow_cpu-2.21.0-x.whl: expected SHA-256 ${hash('a')}, found SHA-256 ${hash('b')}; `,
    );
    expect(refusedByPip('ERROR: No matching distribution found')).to.equal(undefined);
  });
});

describe('tfjs-node-gpu', () => {
  const key = 'node_modules/@tensorflow/tfjs-node-gpu';
  const installed = (integrity?: string): Record<string, string> => ({
    'node_modules/.package-lock.json': JSON.stringify({ packages: { [key]: { integrity } } }),
    [`${key}/package.json`]: '{}',
  });

  it('is pinned as in package-lock.json', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { version: string; integrity: string }>;
    };
    expect(packages[key]).to.include({ version: '4.22.0', integrity: TFJS_NODE_INTEGRITY });
  });

  it('is kept where npm has installed the pinned one, and removed where not', () =>
    withHome(async (home) => {
      await writeFiles(home, installed(TFJS_NODE_INTEGRITY));
      await requireIntegrity(home);
      expect(existsSync(join(home, key))).to.equal(true);
      await writeFiles(home, installed('sha512-other'));
      const error = await errorOf(requireIntegrity(home));
      expect(error.message).to.contain(`4.22.0: expected ${TFJS_NODE_INTEGRITY}, found sha512-other; `);
      expect(existsSync(join(home, key))).to.equal(false);
    }));
});
