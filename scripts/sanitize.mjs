// npm run sanitize -- [PATH...]: builds the addon, the engine and the JPEG decoder with AddressSanitizer and
// UndefinedBehaviorSanitizer into a home of their own, and runs tests with them (default: those of the engine, of the
// decoder and of processes that train together). The first error ends the run. Tests of memory are left out: with the
// sanitizers every process takes more.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { camtuneHome } from '../src/tensorflow/native/runtime/paths.ts';
import { camtune, root, run } from './bootstrap.mjs';

const paths = process.argv.slice(2);
const specs = paths.length > 0 ? paths : ['tensorflow', 'data', 'distributed'].map((room) => `test/${room}/**/*.test.ts`); // prettier-ignore

const home = join(root, 'runs', 'sanitized');
mkdirSync(home, { recursive: true });
const compiler = join(home, 'g++');
const flags = '-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g';
writeFileSync(compiler, `#!/bin/sh\nexec g++ ${flags} "$@"\n`, { mode: 0o755 });
// What was downloaded need not be fetched again.
const usual = camtuneHome();
for (const name of existsSync(usual) ? readdirSync(usual) : []) {
  if (!/^(tensorflow|libturbojpeg)-/.test(name) || existsSync(join(home, name))) continue;
  cpSync(join(usual, name), join(home, name), { recursive: true });
}
const library = (name) => execFileSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
const env = {
  ...process.env,
  CAMTUNE_HOME: home,
  CXX: compiler,
  LD_PRELOAD: [library('libasan.so'), library('libubsan.so')].join(':'),
  // Node and TensorFlow leave memory to the end of the process.
  ASAN_OPTIONS: 'detect_leaks=0:halt_on_error=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
};
const built = await run(process.execPath, [...camtune, 'setup'], { env });
if (built !== 0) process.exit(built);
const mocha = join(root, 'node_modules', '.bin', 'mocha');
process.exit(await run(mocha, ['--grep', 'memory', '--invert', ...specs], { env }));
