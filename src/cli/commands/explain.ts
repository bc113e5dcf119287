import type { Others, Outcome } from '../../explain/folder/index.js';
import { shareFromLauncher } from '../../launched.js';
import { stopStatus, watchStop } from '../../process/stop.js';
import { command } from '../command.js';
import {
  anyNetwork,
  flag,
  integer,
  json,
  path,
  paths,
  processesOption,
  repeated,
  share,
  targetLayer,
  value,
} from '../options.js';
import { print, printJson, tell } from '../print.js';
import type { Progress } from '../progress.js';
import { weightsOf } from '../../files/run-folder.js';

interface ExplainFlags {
  weights?: string;
  image?: string[];
  method: string;
  class?: string;
  top?: number;
  layer?: string;
  set?: string[];
  out: string;
  format: string;
  colormap: string;
  opacity: number;
  'skip-existing'?: boolean;
  processes?: number;
  list?: boolean;
  json?: boolean;
}

/** `camtune explain`. */
export const explainCommand = command<ExplainFlags>({
  usage: 'explain',
  describe: 'show where a network sees the evidence for a class: overlays, raw maps, a page',
  options: {
    weights: path(anyNetwork),
    image: paths('images, folders of images, or patterns with *'),
    method: value('methods, with commas between (see --list)', { default: 'group-cam' }),
    class: value('name or index of the class', { defaultDescription: 'the most likely one of each image' }),
    top: integer('top', 1, 'explain the N most likely classes', { defaultDescription: '1' }),
    layer: targetLayer,
    set: repeated('OPTION=VALUE: an option of the methods'),
    out: path('folder that the files are written to', { default: 'runs/explain' }),
    format: value('png (overlay, sheet, page), npy (raw map), or both with a comma between', {
      default: 'png',
    }),
    colormap: value('colors of the map', { default: 'turbo', choices: ['turbo', 'viridis', 'jet'] }),
    opacity: share('opacity', 'of the map over the image, 0 to 1', { default: 0.5 }),
    'skip-existing': flag('keep what an earlier call made from the same, and go on there'),
    processes: processesOption,
    list: flag('print the methods: cost, needs, references'),
    json,
  },
  epilogue:
    'The network sees the middle of an image, a square: the map lies there, and what is around it is shown as it is.',
  async run(flags) {
    if (flags.list) return list(flags.json);
    const { invalid } = await import('../../errors.js');
    const { weights, image } = flags;
    if (weights === undefined) throw invalid('--weights', 'a checkpoint or a file of weights', weights);
    if (image === undefined) throw invalid('--image', 'images, folders or patterns', image);
    if (flags.class !== undefined && flags.top !== undefined) {
      throw invalid('--top', 'no --class beside it: one class or the most likely ones', flags.top);
    }
    await explain({ ...flags, weights, image });
  },
});

async function list(json?: boolean): Promise<void> {
  const { methodList } = await import('../../explain/index.js');
  const { methodLines } = await import('../method-lines.js');
  if (json) printJson(methodList());
  else methodLines(methodList()).forEach(print);
}

type Asked = ExplainFlags & { weights: string; image: string[] };

async function explain(flags: Asked): Promise<void> {
  const { chosenMethods, drawing, explainFolder, outcomeJson, tally, tellOutcome } =
    await import('../../explain/folder/index.js');
  const { imageFiles } = await import('../../data/index.js');
  const share = await shareFromLauncher(process.env);
  const methods = chosenMethods(flags.method, flags.set ?? []);
  const drawn = drawing(flags);
  const images = await imageFiles(flags.image);
  const processes = share ? 1 : (flags.processes ?? 1);
  const others = processes > 1 ? await explainedTogether(processes, images, flags) : undefined;
  const { openClassifier } = await import('../../models/index.js');
  const { jsonList } = await import('../json-list.js');
  const { summaryLines } = await import('../explain-summary.js');
  const classifier = await openClassifier(weightsOf(flags.weights, tell), {
    layer: flags.layer,
    onNote: tell,
  });
  const shown = others || share ? undefined : await bar(images);
  const write = flags.json && !share ? jsonList() : undefined;
  const sum = tally();
  const stop = watchStop(() => shown?.log('stopping after this image; Ctrl-C once more stops at once'));
  try {
    const request = {
      images,
      methods,
      ...(flags.class !== undefined && { class: flags.class }),
      top: flags.top ?? 1,
      folder: flags.out,
      drawing: drawn,
      skipExisting: flags['skip-existing'] === true || others !== undefined,
      isStopped: () => stop.signal() !== undefined,
      ...(share && { share }),
      ...(others && { only: others.has }),
    };
    const page = await explainFolder(classifier, request, (told: Outcome) => {
      if (share) return tellOutcome(told);
      const outcome = others?.asTold(told) ?? told;
      if ('error' in outcome) {
        shown?.log(`${outcome.image}: ${outcome.error}`);
        process.exitCode = 1;
      }
      sum.add(outcome);
      shown?.update(sum.images);
      write?.add(outcomeJson(outcome));
    });
    shown?.finish();
    write?.end();
    const signal = stop.signal() ?? others?.stopped;
    if (signal) {
      process.exitCode = stopStatus(signal);
      if (!share) tell('stopped; the same command with --skip-existing goes on');
    }
    if (flags.json || share) return;
    summaryLines(sum).forEach(print);
    print(page ?? flags.out);
  } finally {
    stop.end();
    classifier.dispose();
  }
}

/** Lets several processes explain; this one then finds it done, and makes list, summary and page. */
async function explainedTogether(
  processes: number,
  images: readonly string[],
  flags: Asked,
): Promise<Others> {
  const { explainTogether, forgetRecords } = await import('../../explain/folder/index.js');
  const { invalid } = await import('../../errors.js');
  if (images.length < processes)
    throw invalid('--processes', `at most ${images.length}, the images`, processes);
  if (!flags['skip-existing']) forgetRecords(flags.out);
  const shown = await bar(images);
  try {
    return await explainTogether(processes, process.argv.slice(2), shown);
  } finally {
    shown.finish();
  }
}

async function bar(images: readonly string[]): Promise<Progress> {
  const { progress } = await import('../progress.js');
  return progress({ label: 'explain', total: images.length, unit: 'images' });
}
