import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const require = createRequire(import.meta.url);
/** The published modules of tfjs-core, tests among them. */
export const DIST = join(dirname(require.resolve('@tensorflow/tfjs-core/package.json')), 'dist');
const COMPILING = fileURLToPath(new URL('compiling.ts', import.meta.url));

/**
 * Writes the published tests of tfjs-core, with the modules that they test, as one module.
 *
 * @param compiled operations and gradients go through compile()
 */
export async function bundle(outfile: string, compiled: boolean): Promise<void> {
  const entry = [
    `import { setTestEnvs } from './jasmine_util';`,
    `import './public/chained_ops/register_all_chained_ops';`,
    `setTestEnvs([{ name: 'tensorflow', backendName: 'tensorflow', flags: {}, isDataSync: true }]);`,
  ].join('\n');
  await build({
    stdin: { contents: `import 'entry:environment';\nimport './tests';`, resolveDir: DIST },
    bundle: true,
    // The package says that its tests have no side effects.
    ignoreAnnotations: true,
    outfile,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    sourcemap: false,
    external: ['jasmine-core', 'jasmine-core/*', 'node-fetch', 'util', 'worker_threads'],
    banner: {
      js: `import { createRequire as cr } from 'node:module'; const require = cr(${JSON.stringify(import.meta.url)});`,
    },
    plugins: [entryPlugin(entry), ...(compiled ? [compiling] : [])],
  });
}

/** Sets up what must be there before the first test is defined: modules run in the order of their imports. */
const entryPlugin = (contents: string): Plugin => ({
  name: 'entry',
  setup(build) {
    build.onResolve({ filter: /^entry:/ }, ({ path }) => ({ path, namespace: 'entry' }));
    build.onLoad({ filter: /.*/, namespace: 'entry' }, () => ({ contents, resolveDir: DIST, loader: 'js' }));
  },
});

/** The modules that define operations and gradients are replaced, for all but what replaces them. */
const compiling: Plugin = {
  name: 'compiling',
  setup(build) {
    const replaced = [join(DIST, 'ops', 'operation.js'), join(DIST, 'gradients.js')];
    build.onResolve({ filter: /^\.{1,2}\/.*(operation|gradients)$/ }, ({ path, resolveDir }) =>
      replaced.includes(`${join(resolveDir, path)}.js`) ? { path: COMPILING } : undefined,
    );
  },
};
