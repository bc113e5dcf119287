// npm test: installs what is missing, then lint, rooms, formatting and types, then the tests in three processes.
// With --coverage (npm run coverage) it also says which lines they ran, and takes a quarter longer.
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
// Side by side: each of them keeps one core busy.
const checks = await Promise.all([
  inTurn(['eslint', '.']),
  inTurn(
    ['depcruise', 'src'],
    ['prettier', '--check', '--log-level', 'warn', '.'],
    ['tsc', '--noEmit', '-p', 'tsconfig.json'],
  ),
]);
if (!checks.every(Boolean)) process.exit(1);
// One more than the two cores of CI: tests of several processes often wait for each other.
const tests = ['--parallel', '--jobs', '3', '--reporter', reporter, 'test/**/*.test.ts'];
const measured = ['--temp-directory', join(folder, 'coverage'), bin('mocha'), ...tests];
const environment = { ...process.env, CAMTUNE_TEST_COUNTS: counts };
const status = process.argv.includes('--coverage')
  ? await timed('mocha', bin('c8'), measured, environment)
  : await timed('mocha', bin('mocha'), tests, environment);
summarize(status);

/** Runs programs until one fails; says whether none did. */
async function inTurn(...commands) {
  for (const [name, ...args] of commands) {
    if ((await timed(name, bin(name), args, process.env)) === 0) continue;
    console.error(`npm test: ${name} failed`);
    return false;
  }
  return true;
}

async function timed(name, program, args, env) {
  const start = performance.now();
  const status = await run(program, args, { env });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name}: ${status === 0 ? 'ok' : 'failed'}, ${seconds} s`);
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
