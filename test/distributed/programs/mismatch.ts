// Two ranks that reduce different things; each tells what it hears of that.
import * as tf from '@tensorflow/tfjs-core';
import { joinThis, tell } from './rank.js';

const group = await joinThis();
const [second, bySize] = [group.rank === 1, process.argv[3] === 'size'];
try {
  const x = tf.ones([second && bySize ? 299 : 300]);
  tf.dispose(second && !bySize ? group.mean([x]) : group.sum([x]));
  tell({ message: 'nothing' });
} catch (error) {
  const cause = (await group.cause(error)) as Error;
  tell({ name: cause.name, message: cause.message });
  await group.fail(cause.message);
  process.exit(1);
}
