import { build } from 'esbuild';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Compiles the sources and the programs of the tests, once: each of the hundred processes that tests start would else
 * compile them for itself, which takes longer than loading TensorFlow. `compiled` of test/compiled.ts finds them.
 */
export async function mochaGlobalSetup() {
  const folder = mkdtempSync(join(tmpdir(), 'camtune-compiled-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const entryPoints = ['src', 'test'].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => join(room, file)),
  );
  await build({ entryPoints, outdir: folder, outbase: '.', format: 'esm', target: 'node20' });
  /** @param {string} path */
  const isAsset = (path) => statSync(path).isDirectory() || !path.endsWith('.ts');
  cpSync('src', join(folder, 'src'), { recursive: true, filter: isAsset });
  copyFileSync('package.json', join(folder, 'package.json'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  process.env.CAMTUNE_TEST_COMPILED = folder;
}

/** Processes that tests start are not measured: what each of them writes takes a second, and reading it again more. */
export const mochaHooks = {
  beforeAll() {
    if (process.env.NODE_V8_COVERAGE) process.env.NODE_V8_COVERAGE = '';
  },
};
