import type { Prediction } from '../../models/predict/index.js';
import { printable } from '../../text/printable.js';
import { colorsOf } from '../colors.js';
import { command } from '../command.js';
import { jsonList } from '../json-list.js';
import { integer, json, networkWeights, paths } from '../options.js';
import { print, tell } from '../print.js';
import { weightsOf } from '../../files/run-folder.js';

interface PredictFlags {
  weights: string;
  image: string[];
  top: number;
  json?: boolean;
}

/** `camtune predict`. */
export const predictCommand = command<PredictFlags>({
  usage: 'predict',
  describe: 'name the most likely classes of images',
  options: {
    weights: networkWeights,
    image: { ...paths('images, folders of images, or patterns with *'), demandOption: true },
    top: integer('top', 1, 'how many classes of each image', { default: 5 }),
    json,
  },
  async run({ weights, image, top, json: asJson }) {
    const { imageFiles } = await import('../../data/index.js');
    const { openNetwork, predictions } = await import('../../models/predict/index.js');
    const images = await imageFiles(image);
    const network = await openNetwork(weightsOf(weights, tell), tell);
    const write = asJson ? jsonList() : table();
    let isRead = true;
    process.stdout.once('error', () => (isRead = false));
    try {
      for await (const prediction of predictions(images, network, top)) {
        write.add(prediction);
        if ('error' in prediction) process.exitCode = 1;
        // Whoever reads us may stop early, as `| head` does; there is nothing else to do then.
        if (!isRead) break;
      }
      write.end();
    } finally {
      network.dispose();
    }
  },
});

interface Writer {
  add(prediction: Prediction): void;
  end(): void;
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
