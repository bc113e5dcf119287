import { Option, type Command } from 'commander';
import { jsonOption } from '../options.js';
import { print, printJson, tell } from '../print.js';

interface ImportOptions {
  from: string;
  to: string;
  quantise: 'mixed' | 'none';
  layout?: 'stride-in-3x3' | 'stride-in-1x1';
  classes?: string;
  json?: boolean;
}

/** Registers `camtune import`. */
export function importCommand(program: Command): void {
  program
    .command('import')
    .description('turn weights of another program into a tfjs LayersModel')
    .requiredOption('--from <path>', '.safetensors, PyTorch .pth, Keras .h5, model.json or a checkpoint')
    .requiredOption('--to <folder>', 'folder that the model is written to')
    .addOption(
      new Option('--quantise <how>', 'mixed: a byte a weight where that loses little, two elsewhere')
        .choices(['mixed', 'none'])
        .default('none'),
    )
    .addOption(
      new Option('--layout <layout>', 'where a block has its stride (default: as the weights say)').choices([
        'stride-in-3x3',
        'stride-in-1x1',
      ]),
    )
    .option(
      '--classes <names>',
      'class names in output order: with commas between, or a file with one a line',
    )
    .addOption(jsonOption())
    .action(async ({ from, to, quantise, layout, classes, json }: ImportOptions) => {
      const { readClassNames } = await import('../class-names.js');
      const classNames = classes === undefined ? undefined : await readClassNames(classes);
      // Hardly anything is computed: this works where no native runtime is installed.
      await import('@tensorflow/tfjs-backend-cpu');
      (await import('@tensorflow/tfjs-core')).enableProdMode(); // without its advice to install a native backend
      const { importWeights } = await import('../../models/index.js');
      const { notes } = await importWeights({ from, to, quantise, layout, classNames });
      notes.forEach(tell);
      if (json) printJson({ to, notes });
      else print(to);
    });
}
