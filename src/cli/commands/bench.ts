import { type Command, Option } from 'commander';
import type { Timing } from '../../timing/index.js';
import type { Precision } from '../../tensorflow/index.js';
import { integerOf, jsonOption, repeated } from '../options.js';
import { columns, print, printJson } from '../print.js';

interface BenchFlags {
  batch?: number;
  size: number;
  precision: Precision;
  stage: 'none' | 'exact' | 'auto';
  repeats: number;
  data: string;
  method?: string;
  set: string[];
  network: 'resnet50' | 'vgg19';
  json?: boolean;
}

/** Registers `camtune bench`. */
export function benchCommand(program: Command): void {
  program
    .command('bench')
    .description('time ResNet-50 on this machine: best of several steps after warm-up')
    .argument(
      '<what>',
      'train: a whole training step; forward: inference; stage: the step with and without; explain: saliency methods; data: decoding',
    )
    .option('--batch <n>', 'images in a step (default: 16; explain: 1)', integerOf(1))
    .option('--size <pixels>', 'side of the images', integerOf(32), 224)
    .addOption(
      new Option('--precision <type>', 'of the heavy operations')
        .choices(['float32', 'bfloat16', 'float16'])
        .default('float32'),
    )
    .addOption(
      new Option('--stage <cost>', 'train: with which stage')
        .choices(['none', 'exact', 'auto'])
        .default('none'),
    )
    .option('--repeats <n>', 'timed steps', integerOf(1), 5)
    .option('--data <folder>', 'data: images to decode', 'data/clothing/train')
    .option(
      '--method <names>',
      "explain: with commas between, or all (default: those of the paper's Table 3)",
    )
    .option('--set <method.option=value>', 'explain: option of a method, may be repeated', repeated, [])
    .addOption(
      new Option('--network <name>', 'explain: which network')
        .choices(['resnet50', 'vgg19'])
        .default('resnet50'),
    )
    .addOption(jsonOption())
    .action(async (what: string, flags: BenchFlags) => {
      if (what === 'explain') return benchMethods(flags);
      const timings = await run(what, flags);
      if (flags.json) printJson(timings.length === 1 ? timings[0] : timings);
      else table(timings).forEach(print);
    });
}

async function benchMethods(flags: BenchFlags): Promise<void> {
  const { methodsDocument, methodsTable, timeMethods } = await import('../bench-explain.js');
  const { loadTensorflow } = await import('../../tensorflow/index.js');
  const timings = await timeMethods(flags, await loadTensorflow());
  if (flags.json) printJson(methodsDocument(timings, flags.network));
  else (await methodsTable(timings, flags.network)).forEach(print);
}

async function run(
  what: string,
  { batch = 16, size, precision, stage, repeats, data }: BenchFlags,
): Promise<Timing[]> {
  const { benchData, benchForward, benchTraining } = await import('../../timing/index.js');
  const { invalid } = await import('../../errors.js');
  if (what === 'data') return [await benchData(data, { batch, size })];
  if (!['train', 'forward', 'stage'].includes(what))
    throw invalid('WHAT', 'train, forward, stage, explain or data', what);
  const { loadTensorflow, usefulPrecision } = await import('../../tensorflow/index.js');
  const runtime = await loadTensorflow();
  const { device } = runtime;
  const computedIn = usefulPrecision(precision, runtime);
  const options = { batch, size, precision, computedIn, device, repeats };
  if (what === 'forward') return [await benchForward(options)];
  if (what === 'train') return [await benchTraining(options, stage)];
  const none = await benchTraining(options, 'none');
  const auto = await benchTraining(options, 'auto');
  const exact = await benchTraining({ ...options, repeats: Math.min(2, repeats) }, 'exact');
  return [none, auto, exact].map((timing) => ({
    ...timing,
    timesTheStepWithout: timing.msPerImage / none.msPerImage,
  }));
}

function table(timings: Timing[]): string[] {
  const head = ['what', 'stage', 'ms an image', 'images/s', 'first call, ms', 'peak MB', 'times none'];
  const rows = timings.map((timing) => [
    timing.what,
    timing.stage ?? '',
    timing.msPerImage.toFixed(1),
    timing.imagesPerSecond.toFixed(1),
    timing.firstCallMs.toFixed(0),
    timing.peakMemoryMB.toFixed(0),
    timing.timesTheStepWithout?.toFixed(2) ?? '',
  ]);
  const { batch, size, precision, computedIn, device, backend } = timings[0]!;
  const computed = computedIn && computedIn !== precision ? ` (computed in ${computedIn}: faster here)` : '';
  return [
    `ResNet-50, batch ${batch}, ${size} px, ${precision}${computed}, ${backend} on ${device}`,
    ...columns([head, ...rows]),
  ];
}
