// Times a network in camtune; prints one JSON document. Run by main.ts.
import { parseArgs } from 'node:util';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { report } from '../timing.js';
import { stepOf } from './steps.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    network: { type: 'string', default: 'resnet50' },
    batch: { type: 'string', default: '16' },
    size: { type: 'string', default: '224' },
    repeats: { type: 'string', default: '3' },
  },
});
const [what = 'forward'] = positionals;
const { device } = await loadTensorflow();
const batch = Number(values.batch);
const step = await stepOf(what, { network: values.network, batch, size: Number(values.size) });
await report(what, { images: batch, repeats: Number(values.repeats), setting: { device } }, step);
