// Training on digits (tensorflow/tfjs#628): compile(), tfjs-node as it is and Keras (graphs), in turn. Prints
// milliseconds a batch and ratios (camtune / the other; below 1 camtune is faster).
//   pip install tensorflow-cpu==2.21.0
//   npx tsx bench/mnist/main.ts [--python python3] [--rounds 3] [--only small,large] [--batches 20] [--repeats 5]
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { inTurn, script } from '../in-turn.js';
import { EXAMPLES } from './networks.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: Object.keys(EXAMPLES).join(',') },
    batches: { type: 'string', default: '20' },
    repeats: { type: 'string', default: '5' },
  },
});

console.log(`${cpus()[0]!.model}, ${cpus().length} processors, best of ${values.rounds} rounds in turn`);
console.log(
  'network  batch  what                   ms/batch  camtune/this  of processor time  first batches, ms',
);
for (const name of values.only.split(',')) {
  const { batch } = EXAMPLES[name]!;
  const given = [name, values.batches, values.repeats];
  const keras = (way: string) => ({
    program: values.python,
    args: ['bench/mnist/keras_graph.py', way, ...given],
  });
  const contestants = {
    camtune: script('bench/mnist/camtune.ts', given),
    'tfjs-node': script('bench/mnist/tfjs-node.ts', given),
    'Keras, train_on_batch': keras('train_on_batch'),
    'Keras, fit': keras('fit'),
  };
  const timings = inTurn(Object.values(contestants), Number(values.rounds));
  const [ours] = timings;
  Object.keys(contestants).forEach((contestant, index) => {
    const timing = timings[index]!;
    const cells = [
      name.padEnd(8),
      String(batch).padEnd(6),
      contestant.padEnd(22),
      (timing.msPerImage * batch).toFixed(2).padStart(8),
      (ours!.msPerImage / timing.msPerImage).toFixed(2).padStart(13),
      (ours!.cpuMsPerImage! / timing.cpuMsPerImage!).toFixed(2).padStart(18),
      timing.firstCallMs.toFixed(0).padStart(18),
    ];
    console.log(cells.join(' '));
  });
}
