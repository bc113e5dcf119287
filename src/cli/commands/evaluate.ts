import { Option, type Command } from 'commander';
import { integerOf, jsonOption, repeated } from '../options.js';
import { columns, print, printJson, tell } from '../print.js';
import type { Progress } from '../progress.js';
import type { Request, Watch } from '../../evaluate/folder/index.js';

interface EvaluateFlags extends Omit<Request, 'methods' | 'settings'> {
  weights: string;
  method: string;
  set: string[];
  layer?: string;
  out?: string;
  json?: boolean;
}

/** Registers `camtune evaluate`. */
export function evaluateCommand(program: Command): void {
  program
    .command('evaluate')
    .description('measure saliency methods on a network, always beside random and centred maps')
    .argument(
      '<metric>',
      'insertion-deletion, pointing-game, sanity, road, confidence-drop, max-sensitivity, agreement, running-time, ablations, all',
    )
    .requiredOption('--weights <path>', 'checkpoint, model.json, .safetensors, .pth or .h5')
    .requiredOption('--data <folder>', 'folder of images, or COCO folder with instances.json')
    .option(
      '--method <names>',
      'methods, with commas between; METHOD:LABEL for one more of them',
      'group-cam,grad-cam,lafam',
    )
    .option('--set <method.option=value>', 'option of a method, may be repeated', repeated, [])
    .option('--layer <name>', 'target layer (default: the last one with spatial output)')
    .option('--limit <count>', 'at most so many images, evenly spread', integerOf(1))
    .addOption(
      new Option(
        '--target <class>',
        'which class is explained (default: predicted; pointing-game: each category)',
      ).choices(['predicted', 'label']),
    )
    .addOption(
      new Option('--fill <kind>', 'insertion-deletion: what stands for a removed pixel')
        .choices(['blur', 'zeros', 'mean'])
        .default('blur'),
    )
    .option('--step <pixels>', 'insertion-deletion: pixels a step (default: eight rows)', integerOf(1))
    .option(
      '--tolerance <pixels>',
      'pointing-game: distance to a box that is no hit any more',
      integerOf(0),
      15,
    )
    .option('--stops <count>', 'sanity: layers at which maps are compared', integerOf(1), 8)
    .option('--reference <method>', 'also say what the others differ by from this method, image by image')
    .option('--batch <count>', 'images at once', integerOf(1), 8)
    .option('--seed <number>', 'of everything random', integerOf(0), 0)
    .option('--out <folder>', 'where results are kept, and found again (default: in runs/evaluate)')
    .addOption(jsonOption())
    .action(async (metric: string, flags: EvaluateFlags) => {
      const { weights, method, set, layer, out, json, ...rest } = flags;
      const { metrics } = await import('../../evaluate/folder/index.js');
      const { methodSettings } = await import('../method-settings.js');
      const { openClassifier } = await import('../../models/index.js');
      const { defaultFolder, writeResult } = await import('../../evaluate/folder/index.js');
      const { resultRows, tableCells } = await import('../../evaluate/folder/index.js');
      const { evaluateAll } = await import('../../evaluate/folder/index.js');
      const { invalid } = await import('../../errors.js');
      const { controls } = await import('../../evaluate/index.js');
      if (metric !== 'all' && !Object.hasOwn(metrics, metric)) {
        throw invalid('METRIC', [...Object.keys(metrics), 'all'].join(', '), metric);
      }
      const always = controls(0).map(({ name }) => name);
      const names = method.split(',').map((name) => name.trim());
      const request: Request = {
        ...rest,
        methods: [...new Set(names)].filter((name) => !always.includes(name)),
        settings: methodSettings(set),
      };
      const watch = await progressWatch();
      const subject = await openClassifier(weights, { layer, onNote: tell });
      try {
        const folder = out ?? defaultFolder(metric, subject, request);
        if (metric === 'all') {
          const { page, reports } = await evaluateAll(subject, request, folder, watch);
          watch.end();
          if (json) printJson({ page, reports });
          else print(page);
          return;
        }
        const result = await metrics[metric]!.run(subject, request, folder, watch);
        await writeResult(folder, result);
        watch.end();
        tell(`kept in ${folder}`);
        if (json) return printJson(result.report);
        print(`${metric}, ${result.report.images} images; mean [95 % interval]`);
        columns(tableCells(resultRows(result.report.methods))).forEach(print);
        const { differences } = result.report;
        if (!differences) return;
        print('');
        print(`minus ${differences.reference}, on the same images; mean [95 % interval]`);
        columns(tableCells(resultRows(differences.methods))).forEach(print);
      } finally {
        watch.end();
        subject.dispose();
      }
    });
}

/** Shows the progress of one metric after the other. */
async function progressWatch(): Promise<Watch & { end(): void }> {
  const { progress } = await import('../progress.js');
  let shown: Progress | undefined;
  const end = (): void => {
    shown?.finish();
    shown = undefined;
  };
  return {
    start: (metric, total) => {
      end();
      shown = progress({ label: metric, total, unit: 'images' });
    },
    progress: (images) => shown?.update(images),
    note: (line) => (shown ? shown.log(line) : tell(line)),
    end,
  };
}
