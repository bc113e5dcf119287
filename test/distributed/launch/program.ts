import { endWithParent, launch } from '../../../src/distributed/launch/index.js';
import { findPlace } from '../../../src/distributed/place/index.js';

// program.ts parent SIZE RESTARTS ACTION: starts workers that do the action. program.ts worker RESTART ACTION: one of them.
const [role, count = '', ...others] = process.argv.slice(2);

if (role === 'parent') {
  const [restarts, ...action] = others;
  process.exitCode = await launch({
    size: Number(count),
    restarts: Number(restarts),
    argsOf: (restart) => ['worker', String(restart), ...action],
    grace: 1000,
    silence: Number(process.env['SILENCE'] ?? 30),
    log: (line) => process.stderr.write(`${line}\n`),
  });
} else await work(Number(count), others[0]);

async function work(restart: number, action: string | undefined): Promise<void> {
  endWithParent(process.env);
  const place = findPlace(process.env)!;
  const { rank } = place;
  // Told before it can be killed.
  await new Promise((resolve) => process.send!({ step: 7 + rank }, resolve));
  process.stderr.write(`worker ${rank} of ${place.addresses.length} is ${process.pid}\n`);
  if (action === 'done') return;
  if (action === 'fail-once' && restart > 0) return;
  if (action === 'fail-once' && rank === 1) throw new Error('once is enough');
  if (action === 'wrong') process.exit(2);
  if (action === 'rank-0-fails' && rank === 1) {
    process.stderr.write('camtune: rank 0 (127.0.0.1:1) failed: its disk is full; it had reached step 7\n');
    process.send!({ lost: 0 }, () => process.exit(1));
  }
  if (action === 'rank-1-is-lost' && rank === 0) process.send!({ lost: 1 }, () => process.exit(1));
  process.on('SIGINT', () => process.exit(130));
  // As a computation does, it keeps the main thread from hearing anything.
  if (action === 'compute') for (;;) Math.random();
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}
