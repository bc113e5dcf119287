import type { Command } from 'commander';
import { colorsOf } from '../colors.js';
import { printable, printableJson } from '../../printable.js';
import { integerOf, jsonOption } from '../options.js';
import { print, tell } from '../print.js';
import type { Prediction } from '../../models/predict/index.js';

interface PredictOptions {
  weights: string;
  image: string[];
  top: number;
  json?: boolean;
}

/** Registers `camtune predict`. */
export function predictCommand(program: Command): void {
  program
    .command('predict')
    .description('name the likeliest classes of images')
    .requiredOption('--weights <path>', 'checkpoint, model.json, .safetensors, .pth or .h5')
    .requiredOption('--image <path...>', 'images, folders of images, or patterns with *')
    .option('--top <count>', 'how many classes of each image', integerOf(1), 5)
    .addOption(jsonOption())
    .action(async ({ weights, image, top, json }: PredictOptions) => {
      const { imageFiles } = await import('../../data/index.js');
      const { predictions } = await import('../../models/predict/index.js');
      const { openNetwork } = await import('../../models/predict/index.js');
      const images = await imageFiles(image);
      const network = await openNetwork(weights, tell);
      const write = json ? jsonList() : table();
      try {
        for await (const prediction of predictions(images, network, top)) {
          write.add(prediction);
          if ('error' in prediction) process.exitCode = 1;
        }
        write.end();
      } finally {
        network.dispose();
      }
    });
}

interface Writer {
  add(prediction: Prediction): void;
  end(): void;
}

/** One JSON list, written element by element: a folder of any size needs no memory of its size. */
function jsonList(): Writer {
  let separator = '[\n  ';
  return {
    add: (prediction) => {
      process.stdout.write(separator + printableJson(prediction));
      separator = ',\n  ';
    },
    end: () => print(separator.startsWith('[') ? '[]' : '\n]'),
  };
}

/** A paragraph an image: its name, and a line a class. */
function table(): Writer {
  const colors = colorsOf(process.stdout, process.env);
  return {
    add: (prediction) => {
      if ('error' in prediction) return tell(printable(`${prediction.image}: ${prediction.error}`));
      print(colors.bold(printable(prediction.image)));
      for (const { class: name, probability } of prediction.top) {
        print(`  ${(100 * probability).toFixed(1).padStart(5)} %  ${printable(name)}`);
      }
    },
    end: () => undefined,
  };
}
