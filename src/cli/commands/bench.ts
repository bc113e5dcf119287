import type { Timing } from '../../timing/index.js';
import type { Precision } from '../../tensorflow/index.js';
import { command } from '../command.js';
import { integer, json, path, repeated, value } from '../options.js';
import { print, printJson, tell } from '../print.js';

interface BenchFlags {
  what: 'train' | 'forward' | 'stage' | 'explain' | 'data';
  batch?: number;
  size: number;
  precision: Precision;
  stage: 'none' | 'exact' | 'auto';
  repeats: number;
  data: string;
  method?: string;
  set?: string[];
  network: 'resnet50' | 'vgg19';
  json?: boolean;
}

/** `camtune bench`. */
export const benchCommand = command<BenchFlags>({
  usage: 'bench <what>',
  describe: 'time ResNet-50 on this machine: best of several steps after warm-up',
  positionals: {
    what: {
      describe:
        'train: a whole training step; forward: inference; stage: the step with and without; explain: saliency methods; data: decoding',
      choices: ['train', 'forward', 'stage', 'explain', 'data'],
    },
  },
  options: {
    batch: integer('batch', 1, 'images in a step', { defaultDescription: '16; explain: 1' }),
    size: integer('size', 32, 'side of the images, pixels', { default: 224 }),
    precision: value('of heavy operations', {
      choices: ['float32', 'bfloat16', 'float16'],
      default: 'float32',
    }),
    stage: value('train: with which stage', { choices: ['none', 'exact', 'auto'], default: 'none' }),
    repeats: integer('repeats', 1, 'timed steps', { default: 5 }),
    data: path('data: folder of images to decode', { default: 'data/clothing/train' }),
    method: value('explain: methods with commas between, or all', {
      defaultDescription: "those of the paper's Table 3",
    }),
    set: repeated('explain: METHOD.OPTION=VALUE, an option of a method'),
    network: value('explain: which network', { choices: ['resnet50', 'vgg19'], default: 'resnet50' }),
    json,
  },
  async run(flags) {
    if (flags.what === 'explain') return methods(flags);
    const { stepsTable } = await import('../bench-tables.js');
    const timings = await steps(flags);
    if (flags.json) printJson(timings.length === 1 ? timings[0] : timings);
    else stepsTable(timings).forEach(print);
  },
});

async function methods({ set = [], batch = 1, ...flags }: BenchFlags): Promise<void> {
  const { methodsDocument, methodsTable } = await import('../bench-tables.js');
  const { benchMethods, paperSeconds } = await import('../../timing/index.js');
  const { loadTensorflow } = await import('../../tensorflow/index.js');
  const timings = await benchMethods({ ...flags, set, batch }, await loadTensorflow(), (name, index, count) =>
    tell(`${index + 1}/${count} ${name}`),
  );
  if (flags.json) printJson(methodsDocument(timings, flags.network));
  else methodsTable(timings, flags.network, paperSeconds).forEach(print);
}

async function steps({
  what,
  batch = 16,
  size,
  precision,
  stage,
  repeats,
  data,
}: BenchFlags): Promise<Timing[]> {
  const { benchData, benchForward, benchStage, benchTraining } = await import('../../timing/index.js');
  if (what === 'data') return [await benchData(data, { batch, size, repeats })];
  const { loadTensorflow, usefulPrecision } = await import('../../tensorflow/index.js');
  const runtime = await loadTensorflow();
  const computedIn = usefulPrecision(precision, runtime);
  const options = { batch, size, precision, computedIn, device: runtime.device, repeats };
  if (what === 'forward') return [await benchForward(options)];
  return what === 'stage' ? benchStage(options, runtime.bfloat16) : [await benchTraining(options, stage)];
}
