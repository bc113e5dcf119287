import { type Command, InvalidArgumentError } from 'commander';
import { integerOf, jsonOption, repeated } from '../options.js';
import { print, printJson, tell } from '../print.js';
import type { Outcome } from '../../explain/folder/index.js';

interface ExplainFlags {
  weights?: string;
  image?: string[];
  method: string;
  class?: string;
  top: number;
  layer?: string;
  set: string[];
  out: string;
  format: string;
  colormap: string;
  opacity: number;
  skipExisting?: boolean;
  list?: boolean;
  json?: boolean;
}

/** Registers `camtune explain`. */
export function explainCommand(program: Command): void {
  program
    .command('explain')
    .description('show where a network sees the evidence for a class: overlays, raw maps, a page')
    .option('--weights <path>', 'checkpoint, model.json, .safetensors, .pth or .h5')
    .option('--image <path...>', 'images, folders of images, or patterns with *')
    .option('--method <names>', 'methods, with commas between (see --list)', 'group-cam')
    .option('--class <name>', 'name or index of the class (default: the likeliest one of each image)')
    .option('--top <count>', 'explain so many of the likeliest classes', integerOf(1), 1)
    .option('--layer <name>', 'target layer (default: the last one with spatial output)')
    .option('--set <option=value>', 'option of the methods, may be repeated', repeated, [])
    .option('--out <folder>', 'where the files are written', 'runs/explain')
    .option('--format <names>', 'png (overlay, sheet, page), npy (raw map)', 'png')
    .option('--colormap <name>', 'turbo, viridis or jet', 'turbo')
    .option('--opacity <share>', 'of the map over the image, 0 to 1', shareOf, 0.5)
    .option('--skip-existing', 'keep what an earlier call made from the same, and go on there')
    .option('--list', 'print the methods: cost, needs, references')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nThe network sees the middle of an image, a square: the map lies there, and what is around it is shown as it is.',
    )
    .action(async (flags: ExplainFlags, command: Command) => {
      if (flags.list) return list(flags.json);
      const { invalid } = await import('../../errors.js');
      const { weights, image } = flags;
      if (weights === undefined) throw invalid('--weights', 'a checkpoint or a file of weights', weights);
      if (image === undefined) throw invalid('--image', 'images, folders or patterns', image);
      if (flags.class !== undefined && command.getOptionValueSource('top') === 'cli') {
        throw invalid('--top', 'no --class beside it: one class or the likeliest ones', flags.top);
      }
      await explain({ ...flags, weights, image });
    });
}

async function list(json?: boolean): Promise<void> {
  const { methodLines, methodList } = await import('../method-list.js');
  if (json) printJson(methodList());
  else methodLines(methodList()).forEach(print);
}

async function explain(flags: ExplainFlags & { weights: string; image: string[] }): Promise<void> {
  const { chosenMethods, drawing } = await import('../../explain/folder/index.js');
  const { imageFiles } = await import('../../data/index.js');
  const methods = chosenMethods(flags.method, flags.set);
  const drawn = drawing(flags);
  const images = await imageFiles(flags.image);
  const { openClassifier } = await import('../../models/index.js');
  const { explainFolder } = await import('../../explain/folder/index.js');
  const { jsonList } = await import('../json-list.js');
  const { outcomeJson, summary } = await import('../explain-summary.js');
  const { progress } = await import('../progress.js');
  const subject = await openClassifier(flags.weights, { layer: flags.layer, onNote: tell });
  const shown = progress({ label: 'explain', total: images.length, unit: 'images' });
  const write = flags.json ? jsonList() : undefined;
  const sum = summary();
  try {
    const request = {
      images,
      methods,
      ...(flags.class !== undefined && { class: flags.class }),
      top: flags.top,
      folder: flags.out,
      drawing: drawn,
      skipExisting: flags.skipExisting === true,
    };
    const page = await explainFolder(subject, request, (outcome: Outcome) => {
      if ('error' in outcome) {
        shown.log(`${outcome.image}: ${outcome.error}`);
        process.exitCode = 1;
      }
      sum.add(outcome);
      shown.update(sum.images());
      write?.add(outcomeJson(outcome));
    });
    shown.finish();
    write?.end();
    if (!flags.json) sum.lines().forEach(print);
    if (!flags.json) print(page ?? flags.out);
  } finally {
    subject.dispose();
  }
}

function shareOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError('Expected a number from 0 to 1.');
  }
  return value;
}
