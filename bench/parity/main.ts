import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { InvalidInput } from '../../src/errors.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { parity } from './run.js';
import { printed } from './table.js';

// npm run parity -- DIR; the goldens beside this checkout where no folder is given.
const directory = process.argv[2] ?? '../shared/goldens';
try {
  const native = await loadTensorflow().then(
    () => true,
    () => false,
  );
  await tf.setBackend(native ? 'tensorflow' : 'cpu');
  await tf.ready();
  const { rows, uncovered } = await parity(directory);
  console.log(printed(rows, uncovered));
  process.exitCode = rows.length > 0 && rows.every(({ passed }) => passed) && uncovered.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof InvalidInput ? 2 : 1;
}
