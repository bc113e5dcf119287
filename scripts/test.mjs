// npm test: installs what is missing, then rooms, lint, formatting, types and tests with coverage; stops at the first failure.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bootstrap, root, run } from './bootstrap.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const folder = mkdtempSync(join(tmpdir(), 'camtune-test-'));
const counts = join(folder, 'counts.json');
const reporter = join(root, 'scripts', 'reporter.cjs');

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await bootstrap();
await step('rooms', bin('depcruise'), ['src']);
await step('eslint', bin('eslint'), ['.']);
await step('prettier', bin('prettier'), ['--check', '--log-level', 'warn', '.']);
await step('tsc', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']);
const mocha = [
  '--temp-directory',
  join(folder, 'coverage'),
  bin('mocha'),
  '--reporter',
  reporter,
  'test/**/*.test.ts',
];
const status = await timed('mocha', bin('c8'), mocha, { ...process.env, CAMTUNE_TEST_COUNTS: counts });
summarize(status);

async function step(name, program, args) {
  const status = await timed(name, program, args, process.env);
  if (status === 0) return;
  console.error(`npm test: ${name} failed`);
  process.exit(status);
}

async function timed(name, program, args, env) {
  console.log(`\n${name}`);
  const start = performance.now();
  const status = await run(program, args, { env });
  console.log(
    `${name}: ${status === 0 ? 'ok' : 'failed'}, ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
  return status;
}

/** The last line counts the tests. In CI nothing that the reference material could have tested may have been skipped. */
function summarize(status) {
  if (!existsSync(counts)) {
    console.error('npm test: mocha ended before it had run the tests');
    process.exit(status || 1);
  }
  const { passed, failed, skipped, needShared } = JSON.parse(readFileSync(counts, 'utf8'));
  const unexcused = process.env.CI === 'true' && existsSync(join(dirname(root), 'shared')) ? needShared : [];
  if (unexcused.length > 0) {
    console.error(
      `npm test: skipped although ../shared is there:\n${unexcused.map((name) => `  ${name}`).join('\n')}`,
    );
  }
  if (passed === 0) console.error('npm test: no test has passed');
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(status || (unexcused.length > 0 || passed === 0 ? 1 : 0));
}
