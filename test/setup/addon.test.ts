import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import { Failure } from '../../src/errors.js';
import {
  enginePath,
  findTfjsNode,
  type TfjsNode,
  wheelFolder,
} from '../../src/tensorflow/native/runtime/paths.js';
import { copyAddonSources } from '../../src/setup/addon-sources.js';
import { addonCopy, compileAddon, compileEngine, place } from '../../src/setup/build.js';
import { holdingProject } from '../../src/setup/tfjs-package.js';
import {
  fits,
  isOfThisCache,
  noteVerified,
  originOf,
  runsInWorkers,
  verified,
} from '../../src/setup/verified.js';
import { errorOf } from '../data/folder.js';
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
        workers: false,
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
      expect(originOf([join(`${wheelFolder('gpu')}x`, library)])).to.equal('own');
      const elsewhere = 'project/node_modules/@tensorflow/tfjs-node/deps/lib/libtensorflow.so.2';
      expect(originOf([join(home, elsewhere)])).to.equal('own');
      return Promise.resolve();
    }));

  it('is of our wheel, too, in another cache, or where the cache folder is a link', () =>
    withHome(async (home) => {
      const real = join(dirname(home), 'disk');
      const library = (cache: string): string =>
        join(cache, basename(wheelFolder('cpu')), 'tensorflow', 'a.so.2');
      expect(originOf([library('/another')])).to.equal('cpu');
      expect(isOfThisCache([library('/another')])).to.equal(false);
      expect(isOfThisCache([library(home)])).to.equal(true);
      await mkdir(real);
      await symlink(real, home);
      expect(isOfThisCache([library(real)])).to.equal(true);
      expect(isOfThisCache([library(real), library('/another')])).to.equal(false);
    }));

  it('is kept where it is of the variant and this setup’s, or was built by somebody else', () => {
    expect(fits({ origin: 'own', workers: false }, 'gpu')).to.equal(true);
    expect(fits({ origin: 'cpu', workers: true }, 'cpu')).to.equal(true);
    expect(fits({ origin: 'cpu', workers: true }, 'gpu')).to.equal(false);
    expect(fits({ origin: 'gpu', workers: true }, 'cpu')).to.equal(false);
    expect(fits({ origin: 'cpu', workers: false }, 'cpu'), 'of an older setup').to.equal(false);
  });
});

describe('the addon’s sources', () => {
  const before = 'static std::set<std::string> ATTR_NAME_SET;\n';

  it('are copied with the names of attributes kept per thread, and say so; the package stays as it is', () =>
    withHome(async (home) => {
      const tfjs = tfjsIn(join(home, 'tfjs'));
      await writeFiles(tfjs.folder, {
        'binding/tfjs_backend.cc': `// a\n${before}// b\n`,
        'binding/b.h': '// h',
      });
      await copyAddonSources(tfjs, join(home, 'copy'));
      const changed = await readFile(join(home, 'copy/binding/tfjs_backend.cc'), 'utf8');
      expect(changed).to.match(/^\/\/ a\nstatic thread_local std::set<std::string> ATTR_NAME_SET;\n\/\/ b\n/);
      expect(changed).to.match(/extern "C" .*\bint camtune_addon_revision\(\) { return 1; }\n$/);
      expect(await readFile(join(home, 'copy/binding/b.h'), 'utf8')).to.equal('// h');
      expect(await readFile(join(tfjs.folder, 'binding/tfjs_backend.cc'), 'utf8')).to.contain(before);
    }));

  it('are refused where they are not those of tfjs-node 4.22', () =>
    withHome(async (home) => {
      const tfjs = tfjsIn(join(home, 'tfjs'));
      for (const [source, times] of [
        ['', 0],
        [before + before, 2],
      ] as const) {
        await writeFiles(tfjs.folder, { 'binding/tfjs_backend.cc': source });
        const error = await errorOf(copyAddonSources(tfjs, join(home, 'copy')));
        expect(error).to.be.instanceOf(Failure);
        expect(error.message).to.match(
          new RegExp(
            `tfjs_backend\\.cc: expected the line "static .*;" once, found it ${times} times; .*4\\.22\\.0`,
          ),
        );
      }
    }));

  it('are those of the package that is installed here', () =>
    withHome(async (home) => {
      await copyAddonSources(findTfjsNode()!, home);
      const changed = await readFile(join(home, 'binding/tfjs_backend.cc'), 'utf8');
      expect(changed).to.contain('static thread_local');
    }));

  it('show in the addon that was compiled from them', () =>
    withHome(async (home) => {
      const tfjs = tfjsIn(home);
      expect(runsInWorkers(tfjs)).to.equal(false);
      await writeFiles('/', { [tfjs.addon]: '\x7fELF an addon of tfjs-node' });
      expect(runsInWorkers(tfjs)).to.equal(false);
      await writeFiles('/', { [tfjs.addon]: '\x7fELF with the symbol camtune_addon_revision' });
      expect(runsInWorkers(tfjs)).to.equal(true);
    }));
});

describe('compiling', () => {
  it('gives the whole output its name, and a compiler that fails leaves nothing', () =>
    withHome(async (home) => {
      const tfjs = tfjsIn(join(home, 'tfjs'));
      await writeFiles(home, {
        'tfjs/binding/tfjs_backend.cc': 'static std::set<std::string> ATTR_NAME_SET;',
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
      const left = async (): Promise<string[]> =>
        (await readdir(home)).filter((name) => name.startsWith('addon'));
      expect(await left()).to.deep.equal([]);

      await compileAddon(tfjs, 'cpu', await compiler('good.sh'));
      expect(await left()).to.deep.equal([basename(addonCopy(tfjs, 'cpu'))]);
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
