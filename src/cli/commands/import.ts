import { command } from '../command.js';
import { json, path, value } from '../options.js';
import { print, printJson, tell } from '../print.js';
import { weightsOf } from '../../files/run-folder.js';

interface ImportFlags {
  from: string;
  to: string;
  quantize: 'mixed' | 'none';
  layout?: 'stride-in-3x3' | 'stride-in-1x1';
  classes?: string;
  json?: boolean;
}

/** `camtune import`. */
export const importCommand = command<ImportFlags>({
  usage: 'import',
  describe: 'turn weights of another program into a tfjs LayersModel',
  options: {
    from: path('.safetensors, PyTorch .pth, Keras .h5 or .keras, model.json or a checkpoint', {
      demandOption: true,
    }),
    to: path('folder that the model is written to', { demandOption: true }),
    quantize: value('mixed: a byte a weight where that loses little, two elsewhere', {
      choices: ['mixed', 'none'],
      default: 'none',
    }),
    layout: value('where a block has its stride', {
      choices: ['stride-in-3x3', 'stride-in-1x1'],
      defaultDescription: 'as the weights say',
    }),
    classes: path('class names in output order: with commas between, or a file with one a line'),
    json,
  },
  async run({ from, to, quantize, layout, classes, json: asJson }) {
    // Hardly anything is computed: this works where no native runtime is installed.
    await import('@tensorflow/tfjs-backend-cpu');
    (await import('@tensorflow/tfjs-core')).enableProdMode(); // without its advice to install a native backend
    const { importWeights, readClassNames } = await import('../../models/index.js');
    const classNames = classes === undefined ? undefined : await readClassNames(classes);
    const { notes } = await importWeights({ from: weightsOf(from, tell), to, quantize, layout, classNames });
    notes.forEach(tell);
    if (asJson) printJson({ to, notes });
    else print(to);
  },
});
