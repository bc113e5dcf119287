import { Option, type Command } from 'commander';
import { jsonOption } from '../options.js';
import { print, printJson, tell } from '../print.js';

interface ImportOptions {
  from: string;
  to: string;
  quantise: 'mixed' | 'none';
  layout?: 'stride-in-3x3' | 'stride-in-1x1';
  classes?: string;
  architecture: 'resnet50';
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
    .addOption(
      new Option('--architecture <name>', 'architecture of the network')
        .choices(['resnet50'])
        .default('resnet50'),
    )
    .addOption(jsonOption())
    .action(async ({ from, to, quantise, layout, classes, architecture, json }: ImportOptions) => {
      const { readClassNames } = await import('../class-names.js');
      const classNames = classes === undefined ? undefined : await readClassNames(classes);
      const { importWeights } = await import('../../models/index.js');
      const { notes } = await importWeights({ from, to, quantise, layout, classNames, architecture });
      notes.forEach(tell);
      if (json) printJson({ to, notes });
      else print(to);
    });
}
