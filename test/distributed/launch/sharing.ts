import { endWithParent, SHARE, shareFromParent, shareOut } from '../../../src/distributed/launch/index.js';

// sharing.ts: shares work out to two processes of itself; the first computes for ever, the second freezes.
if (process.env[SHARE] === undefined) {
  const outcome = await shareOut({ size: 2, args: [], silence: 5, onMessage: () => undefined });
  console.log(JSON.stringify(outcome));
} else {
  endWithParent(process.env);
  const { rank } = shareFromParent(process.env);
  if (rank === 1) process.kill(process.pid, 'SIGSTOP');
  for (;;) Math.random();
}
