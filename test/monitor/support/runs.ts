import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { views, writeListedImages, writeMaps } from '../../../src/monitor/index.js';
import { encodePng, type HostMap } from '../../../src/report/index.js';
import { metricsWriter, writeSnapshot, type EpochLine } from '../../../src/log/index.js';
import { random } from '../../../src/random.js';

const SIDE = 24;
const FILES = ['cat/1.jpg', 'dog/2.jpg', 'cat/3.jpg', 'eel/</script>.jpg'];
const LABELS = ['cat', 'dog', 'cat', 'eel'];

/** What a run has written at an epoch: figures that follow from epoch and seed. */
export function epochLine(epoch: number, seed = 0): EpochLine {
  return {
    kind: 'epoch',
    epoch,
    step: epoch * 2,
    trainLoss: 2 / (epoch + seed),
    valLoss: 2.5 / (epoch + seed),
    valTop1: 1 - 1 / (epoch + 1),
    valTop5: 1,
    learningRate: 0.1 / epoch,
    imagesPerSecond: 20 + seed,
    zeroMaps: 1,
  };
}

/** A run that has just begun: its recipe alone. */
export function beginRun(run: string, recipe = 'optimizer:\n  learningRate: 0.1\n'): void {
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, 'recipe.yaml'), recipe);
}

/** An epoch of a made-up run, written as the trainer writes it. The second image is taken for a cat; the last one's map is zero. */
export async function addEpoch(run: string, epoch: number, seed = 0): Promise<void> {
  const metrics = metricsWriter(join(run, 'metrics.jsonl'));
  for (const step of [2 * epoch - 1, 2 * epoch])
    metrics.write({ kind: 'step', step, epoch, loss: 2 / epoch, learningRate: 0.1, imagesPerSecond: 20 });
  metrics.write(epochLine(epoch, seed));
  metrics.close();
  const next = random(1000 * seed + epoch);
  const pixels = FILES.length * SIDE * SIDE;
  const images = Uint8Array.from({ length: pixels * 3 }, (_, at) => (at * 7) % 256);
  const maps = Float32Array.from({ length: FILES.length * 16 }, (_, at) => {
    const image = Math.floor(at / 16);
    return image === 3 ? 0 : (at % 16) + image * 4 * next();
  });
  const masks = Uint8Array.from({ length: pixels }, (_, at) =>
    at < 3 * SIDE * SIDE && (at + epoch) % 3 === 0 ? 1 : 0,
  );
  await writeSnapshot(join(run, 'saliency'), {
    epoch,
    step: epoch * 2,
    images,
    imageShape: [FILES.length, SIDE, SIDE],
    maps,
    mapShape: [4, 4],
    masks,
    blended: images,
    files: FILES,
    labels: LABELS,
    predictions: LABELS.map((label, at) => ({ class: at === 1 ? 'cat' : label, probability: 0.75 })),
  });
}

/** Maps of three images after three epochs, mirrored too, as another program writes them: the second one's moves most, the last one's is constant. */
export async function addMaps(dir: string): Promise<void> {
  const list = ['cat/1.png', 'dog/2.png', 'eel/</script>.png'];
  await writeListedImages(
    dir,
    list.map((file) => ({ file, label: file.slice(0, 3) })),
  );
  mkdirSync(join(dir, 'cat'));
  const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => at % 256);
  writeFileSync(join(dir, list[0]!), await encodePng({ pixels, width: SIDE, height: SIDE }));
  const map = (x: number): HostMap => ({
    values: Float32Array.from({ length: 64 }, (_, at) =>
      Math.exp(-(((at % 8) - x) ** 2 + (at / 8 - 3) ** 2) / 8),
    ),
    width: 8,
    height: 8,
  });
  const none: HostMap = { values: new Float32Array(64), width: 8, height: 8 };
  for (const epoch of [1, 2, 3])
    await writeMaps(dir, {
      epoch,
      maps: [map(3 + epoch / 4), map(2 * epoch), none],
      inViews: [{ view: views[0]!, maps: [map(4 - epoch / 4), map(6 - 2 * epoch), none] }],
    });
}
