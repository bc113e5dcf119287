import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Failure } from '../../src/errors.js';
import { enginePath, type TfjsNode, wheelFolder } from '../../src/tensorflow/native/places.js';
import { addonCopy, compileAddon, compileEngine, place } from '../../src/setup/build.js';
import { holdingProject } from '../../src/setup/tfjs-package.js';
import { fits, noteVerified, originOf, verified } from '../../src/setup/verified.js';
import { withHome, writeFiles } from './home.js';

function tfjsIn(folder: string): TfjsNode {
  const addon = join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  return { name: '@tensorflow/tfjs-node-gpu', version: '4.22.0', folder, addon };
}

describe('a verified addon', () => {
  const runtime = { tensorflow: '2.21.0', device: 'cpu', graphs: true, bfloat16: false } as const;

  it('is known again until it, or a library that it loads, changes', () =>
    withHome(async (home) => {
      const tfjs = tfjsIn(join(home, 'tfjs'));
      const library = join(wheelFolder('cpu'), 'tensorflow', 'libtensorflow_cc.so.2');
      await writeFiles('/', { [tfjs.addon]: 'addon', [library]: 'library' });
      expect(verified(tfjs)).to.equal(undefined);
      const seen = await noteVerified(tfjs, { ...runtime, libraries: [library] });
      expect(seen).to.deep.equal({
        tensorflow: '2.21.0',
        graphs: true,
        libraries: [library],
        origin: 'cpu',
      });
      expect(verified(tfjs)).to.deep.equal(seen);
      await writeFile(tfjs.addon, 'another addon');
      expect(verified(tfjs)).to.equal(undefined);
      await noteVerified(tfjs, { ...runtime, libraries: [`${library}.gone`] });
      expect(verified(tfjs)).to.equal(undefined);
    }));

  it('is of the wheel whose library it loads, else somebody else’s', () =>
    withHome((home) => {
      const library = 'tensorflow/libtensorflow_cc.so.2';
      expect(originOf([join(wheelFolder('gpu'), library)])).to.equal('gpu');
      expect(originOf([join(`${wheelFolder('cpu')}x`, library)])).to.equal('own');
      expect(
        originOf([join(home, 'project/node_modules/@tensorflow/tfjs-node/deps/lib/libtensorflow.so.2')]),
      ).to.equal('own');
      return Promise.resolve();
    }));

  it('is kept where it is of the flavour or was built by somebody else', () => {
    expect(fits('own', 'gpu')).to.equal(true);
    expect(fits('cpu', 'cpu')).to.equal(true);
    expect(fits('cpu', 'gpu')).to.equal(false);
    expect(fits('gpu', 'cpu')).to.equal(false);
  });
});

describe('compiling', () => {
  it('gives the whole output its name, and a compiler that fails leaves nothing', () =>
    withHome(async (home) => {
      const tfjs = tfjsIn(join(home, 'tfjs'));
      await writeFiles(home, {
        'tfjs/binding/b.cc': '',
        'tfjs/binding/b.h': '',
        'good.sh': '#!/bin/sh\nfor last; do :; done; echo "$@" > "$last"\n',
        'bad.sh':
          '#!/bin/sh\nfor last; do :; done; echo half > "$last"; echo "b.cc:1:1: error: no" >&2; exit 1\n',
      });
      const compiler = (name: string): Promise<string> => executable(join(home, name));
      const failed = await compileAddon(tfjs, 'cpu', await compiler('bad.sh')).catch(
        (error: unknown) => error,
      );
      expect(failed).to.be.instanceOf(Failure);
      expect((failed as Failure).message).to.contain('(b.cc:1:1: error: no)');
      expect((await readdir(home)).filter((name) => name.startsWith('addon'))).to.deep.equal([]);

      await compileAddon(tfjs, 'cpu', await compiler('good.sh'));
      const flags = await readFile(addonCopy(tfjs, 'cpu'), 'utf8');
      expect(flags).to.contain('-shared').and.to.contain('binding/b.cc').and.not.to.contain('b.h ');
      expect(flags).to.contain(`-Wl,-rpath,${join(wheelFolder('cpu'), 'tensorflow')}`);
      await compileEngine('/headers', await compiler('good.sh'));
      expect(await readFile(enginePath(), 'utf8'))
        .to.contain('-I/headers')
        .and.not.to.contain('-lten');

      await place(addonCopy(tfjs, 'cpu'), tfjs.addon);
      expect(await readFile(tfjs.addon, 'utf8')).to.equal(flags);
    }));
});

describe('holdingProject', () => {
  it('is the clone, or the project that asks for camtune; never a global folder', () =>
    withHome(async (home) => {
      await writeFiles(home, {
        'clone/package.json': '{}',
        'project/package.json': '{"dependencies": {"camtune": "1"}}',
        'other/package.json': '{}',
      });
      const installed = 'node_modules/camtune/dist/setup/tfjs-package.js';
      expect(holdingProject(join(home, 'clone/src/setup/x.ts'))).to.equal(join(home, 'clone'));
      expect(holdingProject(join(home, 'project', installed))).to.equal(join(home, 'project'));
      expect(holdingProject(join(home, 'other', installed))).to.equal(undefined);
      expect(holdingProject(join(home, 'lib', installed))).to.equal(undefined);
    }));
});

async function executable(path: string): Promise<string> {
  await chmod(path, 0o755);
  return path;
}
