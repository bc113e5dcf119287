import { type Command, Option } from 'commander';
import type { Timing } from '../../evaluate/timing/index.js';
import { integerOf, jsonOption } from '../options.js';
import { columns, print, printJson } from '../print.js';

interface BenchFlags {
  batch: number;
  size: number;
  precision: 'float32' | 'bfloat16';
  stage: 'none' | 'exact' | 'auto';
  repeats: number;
  data: string;
  json?: boolean;
}

/** Registers `camtune bench`. */
export function benchCommand(program: Command): void {
  program
    .command('bench')
    .description('time ResNet-50 on this machine: best of several steps after warm-up')
    .argument(
      '<what>',
      'train: a whole training step; forward: inference; stage: the step with and without; data: decoding',
    )
    .option('--batch <n>', 'images in a step', integerOf(1), 16)
    .option('--size <pixels>', 'side of the images', integerOf(32), 224)
    .addOption(
      new Option('--precision <type>', 'of the heavy operations')
        .choices(['float32', 'bfloat16'])
        .default('float32'),
    )
    .addOption(
      new Option('--stage <cost>', 'train: with which stage')
        .choices(['none', 'exact', 'auto'])
        .default('none'),
    )
    .option('--repeats <n>', 'timed steps', integerOf(1), 5)
    .option('--data <folder>', 'data: images to decode', 'data/clothing/train')
    .addOption(jsonOption())
    .action(async (what: string, flags: BenchFlags) => {
      const timings = await run(what, flags);
      if (flags.json) printJson(timings.length === 1 ? timings[0] : timings);
      else table(timings).forEach(print);
    });
}

async function run(
  what: string,
  { batch, size, precision, stage, repeats, data }: BenchFlags,
): Promise<Timing[]> {
  const { benchData, benchForward, benchTraining } = await import('../../evaluate/timing/index.js');
  const { invalid } = await import('../../errors.js');
  if (what === 'data') return [await benchData(data, { batch, size })];
  if (!['train', 'forward', 'stage'].includes(what))
    throw invalid('WHAT', 'train, forward, stage or data', what);
  const { loadTensorflow } = await import('../../tensorflow/index.js');
  const { device } = await loadTensorflow();
  const options = { batch, size, precision, device, repeats };
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
  const { batch, size, precision, device, backend } = timings[0]!;
  return [
    `ResNet-50, batch ${batch}, ${size} px, ${precision}, ${backend} on ${device}`,
    ...columns([head, ...rows]),
  ];
}
