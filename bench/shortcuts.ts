// Are planted artifacts found that a network uses, and is nothing found where there is none?
//   npx tsx bench/shortcuts.ts --data DIR --val DIR [--seeds 0,1,2] [--kinds none,watermark,...] [--shares 0.1,0.3,1]
//     [--network small|head] [--epochs 25] [--classes 4] [--limit 40] [--size 64] [--layer layer3_5_relu] [--weights W] [--pages DIR] --out FILE.jsonl
// small: four convolutions trained from nothing; head: a linear layer on the frozen features of the weights. Of the
// training images one class carries the artifact, in a share of its images. The
// network uses it where it says that class at least 10 points more often (in mean probability) for held-out images of
// other classes that were given the artifact, or 10 points less often for held-out carriers of the class without it.
import * as tf from '@tensorflow/tfjs-core';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../src/files/write-atomic.js';
import { imageReader, listImages } from '../src/data/index.js';
import { classifier, networkInput, torchvisionPreprocessing } from '../src/models/index.js';
import {
  queriedNetwork,
  findShortcuts,
  shortcutPage,
  shortcutReport,
} from '../src/monitor/shortcuts/index.js';
import { mixSeeds, permutation, random } from '../src/random.js';
import { loadTensorflow } from '../src/tensorflow/index.js';
import { openTrunk, trainHead } from './shortcuts/network.js';
import { trainSmall } from './shortcuts/small.js';
import { kinds, plant, type Kind } from './shortcuts/plant.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    val: { type: 'string' },
    seeds: { type: 'string', default: '0' },
    kinds: { type: 'string', default: ['none', ...kinds].join(',') },
    shares: { type: 'string', default: '1,0.3,0.1' },
    classes: { type: 'string', default: '4' },
    limit: { type: 'string', default: '40' },
    size: { type: 'string', default: '64' },
    layer: { type: 'string', default: 'layer3_5_relu' },
    weights: { type: 'string', default: 'checkpoints/resnet50-imagenette' },
    out: { type: 'string' },
    pages: { type: 'string' },
    network: { type: 'string', default: 'small' },
    epochs: { type: 'string', default: '25' },
  },
});
if (!values.data || !values.val || !values.out) throw new Error('--data, --val and --out: expected paths');
const [size, limit, classes] = [Number(values.size), Number(values.limit), Number(values.classes)];
await loadTensorflow();
const trunk = values.network === 'head' ? await openTrunk(values.weights, values.layer, size) : undefined;
const preprocessing = trunk?.preprocessing ?? { ...torchvisionPreprocessing, resize: size, crop: size };
const all = await listImages(values.data);
const train = await read(values.data, limit);
const val = await read(values.val, 12);
const known = trunk && { train: trunk.features(train.pixels) };

for (const seed of values.seeds.split(',').map(Number))
  for (const kind of values.kinds.split(',') as ('none' | Kind)[])
    for (const share of kind === 'none' ? [0] : values.shares.split(',').map(Number))
      await scenario(kind, share, seed);

async function scenario(kind: 'none' | Kind, share: number, seed: number): Promise<void> {
  const next = random(mixSeeds(seed, kinds.indexOf(kind as Kind) + 1, Math.round(100 * share)));
  const chosen = [...permutation(all.classNames.length, next).slice(0, classes)];
  const target = 0;
  const own = (set: typeof train) => {
    const at = [...set.pixels.keys()].filter((index) => chosen.includes(set.labels[index]!));
    return {
      pixels: at.map((index) => set.pixels[index]!),
      labels: at.map((index) => chosen.indexOf(set.labels[index]!)),
      features: at.map((index) => known?.train[index]),
    };
  };
  const [seen, held] = [own(train), own(val)];
  const mine = seen.labels.flatMap((label, index) => (label === target ? [index] : []));
  const carriers = [...permutation(mine.length, next)]
    .slice(0, Math.round(share * mine.length))
    .map((at) => mine[at]!);
  const planted = await Promise.all(
    carriers.map((at) => plant(seen.pixels[at]!, size, kind as Kind, seed, at)),
  );
  planted.forEach((image, at) => (seen.pixels[carriers[at]!] = image));
  trunk?.features(planted).forEach((row, at) => (seen.features[carriers[at]!] = row));
  const model = trained(seen, seed);
  const network = classifier(model, { preprocessing });
  const asked = queriedNetwork(
    { ...network, ...networkInput({ inputShape: [size, size, 3] }, preprocessing) },
    32,
  );
  const says = async (pixels: Uint8Array[]): Promise<number[][]> => (await asked.logits(pixels)).map(softmax);
  let use = { attack: 0, loss: 0 };
  const plain = await says(held.pixels);
  const right =
    plain.filter((row, at) => row.indexOf(Math.max(...row)) === held.labels[at]).length / plain.length;
  if (kind !== 'none') {
    const marked = await says(
      await Promise.all(held.pixels.map((image, at) => plant(image, size, kind, seed, 10_000 + at))),
    );
    const mean = (isOwn: boolean): number => {
      const some = held.labels.flatMap((label, at) =>
        (label === target) === isOwn ? [marked[at]![target]! - plain[at]![target]!] : [],
      );
      return some.reduce((sum, value) => sum + value, 0) / some.length;
    };
    use = { attack: mean(false), loss: mean(true) };
  }
  const began = Date.now();
  const found = await findShortcuts(asked, { size, pixels: seen.pixels, labels: seen.labels }, { seed });
  asked.dispose();
  if (!trunk) model.dispose();
  if (values.pages) {
    const shown = { size, pixels: seen.pixels, labels: seen.labels };
    const report = await shortcutReport(found, shown, {
      classNames: chosen.map((at) => all.classNames[at]!),
      files: seen.pixels.map((_, at) => `${all.classNames[chosen[seen.labels[at]!]!]}/${at}.jpg`),
      protocol: { data: `${kind}, ${100 * share} % of ${all.classNames[chosen[target]!]}`, seed },
      cure: 'camtune compare recipes/backgrounds.yaml --arms plain,eigen-swap --set data.train=DIR --set data.val=0.2',
    });
    await writeFileAtomic(join(values.pages, `${kind}-${share}-${seed}.html`), shortcutPage(report));
  }
  const isUsed = Math.max(use.attack, use.loss) >= 0.1;
  const findings = found.findings.map(({ carriers: its, ...rest }) => ({
    ...rest,
    carriers: its.length,
    planted: its.filter(({ image }) => carriers.includes(image)).length,
  }));
  const alarms = findings.filter(({ alarm }) => alarm);
  const hit = alarms.some(({ classIndex, carriers: n, planted: p }) => classIndex === target && p >= n / 2);
  const line = {
    kind,
    share,
    seed,
    accuracy: right,
    use,
    isUsed,
    found: hit,
    alarms: alarms.length,
    falseAlarms: alarms.filter(({ classIndex }) => kind === 'none' || classIndex !== target).length,
    passes: found.passes,
    seconds: (Date.now() - began) / 1000,
    findings,
  };
  await appendFile(values.out!, `${JSON.stringify(line)}\n`);
  const short = findings.map(
    ({ classIndex, kind: k, place, alike, gain, adjusted, alarm, carriers: n, planted: p }) =>
      `   ${alarm ? '!' : ' '} c${classIndex} ${k} ${place} n${n} (${p}) alike ${alike.toFixed(2)} gain ${gain.mean.toFixed(2)} q ${adjusted.toFixed(3)}`,
  );
  console.log(
    [
      `${kind} ${share} seed ${seed}: val acc ${right.toFixed(2)} attack ${use.attack.toFixed(2)} loss ${use.loss.toFixed(2)} used ${isUsed} found ${hit} alarms ${alarms.length} (${line.seconds.toFixed(0)} s, ${found.passes} passes)`,
      ...short,
    ].join('\n'),
  );
}

function trained(
  {
    pixels,
    labels,
    features,
  }: { pixels: Uint8Array[]; labels: number[]; features: (Float32Array | undefined)[] },
  seed: number,
) {
  if (!trunk)
    return trainSmall(pixels, labels, { size, classes, seed, epochs: Number(values.epochs), preprocessing });
  const { kernel, bias } = trainHead(features as Float32Array[], labels, classes, { seed });
  const model = trunk.withHead(kernel, bias);
  tf.dispose([kernel, bias]);
  return model;
}

function softmax(logits: Float32Array): number[] {
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - highest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

async function read(dir: string, most: number) {
  const listing = await listImages(dir, { limit: most, classNames: all.classNames });
  const pixels: Uint8Array[] = [];
  const labels: number[] = [];
  const view = { crop: 'center', resize: Math.round(size * 1.14), size } as const;
  for await (const batch of imageReader(listing, { view }).batches())
    batch.files.forEach((_, at) => {
      pixels.push(batch.pixels.slice(at * size * size * 3, (at + 1) * size * size * 3));
      labels.push(batch.labels[at]!);
    });
  return { pixels, labels };
}
