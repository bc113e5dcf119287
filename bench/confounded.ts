// Makes a data set whose backgrounds give the class away in training and not in validation: photographs of objects
// pasted, smaller, onto photographs of something else. Where the object is, is known exactly.
//   npx tsx bench/confounded.ts --objects DIR --backgrounds DIR --out DIR [--val DIR[,DIR]] [--agreement 0.9] [--part 1]
//     [--limit N] [--skip N] [--sample N] [--copies N] [--rotate N] [--split-backgrounds] [--seed N]
// --limit: the first N objects of each class, after the --skip first ones are left out.
// --sample: N objects of each class, drawn at random, for training; without --val the others are for validation.
// --copies: how often each object is pasted for validation, on other backgrounds.
// --rotate: background class k + N goes with object class k.
// --split-backgrounds: every second background photograph for training, the others for validation.
// --part: share of a background photograph's shorter side; below 1 a corner of it is taken, mostly ground, wall or sky
// without the thing that was photographed.
// DIR has one folder of images a class; background class k (+ rotate) goes with object class k. Writes OUT/train, OUT/val (any
// background) and OUT/val-same (backgrounds as in training), each with instances.json (COCO's format).
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { listImages, type Listing } from '../src/data/index.js';
import { writeFileAtomic } from '../src/files/write-atomic.js';
import { mixSeeds, permutation, random, type Random } from '../src/random.js';

const { values } = parseArgs({
  options: {
    objects: { type: 'string' },
    val: { type: 'string' },
    backgrounds: { type: 'string' },
    out: { type: 'string' },
    agreement: { type: 'string', default: '0.9' },
    part: { type: 'string', default: '1' },
    limit: { type: 'string' },
    skip: { type: 'string', default: '0' },
    sample: { type: 'string' },
    copies: { type: 'string', default: '1' },
    rotate: { type: 'string', default: '0' },
    'split-backgrounds': { type: 'boolean', default: false },
    size: { type: 'string', default: '256' },
    seed: { type: 'string', default: '0' },
  },
});
const { objects, val, backgrounds, out } = values;
if (!objects || !backgrounds || !out)
  throw new Error('--objects, --backgrounds and --out: expected a folder each');
if (!val && !values.sample)
  throw new Error('--val: expected a folder, or --sample, which leaves objects for validation');
const [size, seed] = [values.size, values.seed].map(Number) as [number, number];

/** Shares of the picture's side that the longer side of an object takes. */
const [SMALLEST, LARGEST] = [0.55, 0.75];

interface Pasted {
  file: string;
  box: [left: number, top: number, width: number, height: number];
}

const scenes = await listImages(backgrounds);
const [train, others] = await takenApart();
const checked = val
  ? await Promise.all(val.split(',').map((dir) => listImages(dir, { classNames: train.classNames })))
  : [others];
const split = values['split-backgrounds'];
const copies = Number(values.copies);

await makeSplit('train', [train], { agreement: Number(values.agreement), scenes: split ? 'even' : 'all' });
await makeSplit('val', checked, { agreement: 0, scenes: split ? 'odd' : 'all', copies });
await makeSplit('val-same', checked, {
  agreement: Number(values.agreement),
  scenes: split ? 'odd' : 'all',
  copies,
});

/** The objects for training, and those of the same folder that are left. */
async function takenApart(): Promise<[Listing, Listing]> {
  const skip = Number(values.skip);
  const all = await listImages(objects!);
  const perClass = all.classNames.map((_, label) => {
    const files = all.files.filter((_, index) => all.labels[index] === label).slice(skip);
    const kept = values.limit ? files.slice(0, Number(values.limit)) : files;
    if (!values.sample) return [kept, []];
    const order = Array.from(permutation(kept.length, random(mixSeeds(seed, 2, label))));
    const drawn = order.slice(0, Number(values.sample)).sort((a, b) => a - b);
    return [drawn.map((index) => kept[index]!), kept.filter((_, index) => !drawn.includes(index))];
  });
  const listed = (part: 0 | 1): Listing => ({
    ...all,
    files: perClass.flatMap((parts) => parts[part]!),
    labels: Int32Array.from(perClass.flatMap((parts, label) => parts[part]!.map(() => label))),
  });
  return [listed(0), listed(1)];
}

interface SplitOptions {
  /** Share of the images with a background of their class's own; the others have any. */
  agreement: number;
  scenes: 'all' | 'even' | 'odd';
  copies?: number;
}

async function makeSplit(
  name: string,
  listings: Listing[],
  { agreement, scenes, copies = 1 }: SplitOptions,
): Promise<void> {
  const pasted: Pasted[] = [];
  for (const [part, listing] of listings.entries()) {
    for (const [index, file] of listing.files.entries()) {
      for (let copy = 0; copy < copies; copy++) {
        // The object stands in the same place in every split that shows it.
        const own = copy === 0 ? [part, index] : [part, index, copy];
        const next = random(mixSeeds(seed, ...own));
        const forScene = random(mixSeeds(seed, 1, ...own, Math.round(agreement * 1000)));
        const label = listing.labels[index]! + Number(values.rotate);
        const scene = sceneFor(forScene() < agreement ? label : undefined, scenes, forScene);
        const prefix = copies > 1 ? `${part}-${copy}-` : `${part}-`;
        const to = file.replace(/\//, `/${prefix}`).replace(/\.\w+$/, '.jpg');
        await mkdir(dirname(join(out!, name, to)), { recursive: true });
        pasted.push({
          file: to,
          box: await paste(join(listing.dir, file), scene, join(out!, name, to), next),
        });
      }
    }
  }
  await writeFileAtomic(join(out!, name, 'instances.json'), JSON.stringify(instances(pasted)));
  console.log(`${name}: ${pasted.length} images, background of the class's own in ${agreement * 100} %`);
}

/** @param label any number: that of the background class, round and round; undefined for any */
function sceneFor(label: number | undefined, which: SplitOptions['scenes'], next: Random): string {
  const kind = label === undefined ? undefined : label % scenes.classNames.length;
  const places = [...scenes.labels.keys()].filter(
    (index) =>
      (kind === undefined || scenes.labels[index] === kind) &&
      (which === 'all' || (index % 2 === 0) === (which === 'even')),
  );
  return join(scenes.dir, scenes.files[places[Math.floor(next() * places.length)]!]!);
}

async function paste(object: string, scene: string, to: string, next: Random): Promise<Pasted['box']> {
  const side = Math.round(size * (SMALLEST + (LARGEST - SMALLEST) * next()));
  const { data, info } = await sharp(object)
    .rotate()
    .resize(side, side, { fit: 'inside' })
    .removeAlpha()
    .toColourspace('srgb')
    .png()
    .toBuffer({ resolveWithObject: true });
  const left = Math.floor(next() * (size - info.width + 1));
  const top = Math.floor(next() * (size - info.height + 1));
  const jpeg = await sharp(await background(scene, next))
    .resize(size, size, { fit: 'cover' })
    .toColourspace('srgb')
    .composite([{ input: data, left, top }])
    .jpeg({ quality: 90 })
    .toBuffer();
  await writeFileAtomic(to, jpeg);
  return [left, top, info.width, info.height];
}

/** The photograph upright, or one of its corners. */
async function background(scene: string, next: Random): Promise<Buffer> {
  const whole = await sharp(scene).rotate().toBuffer();
  const part = Number(values.part);
  if (part === 1) return whole;
  const { width, height } = await sharp(whole).metadata();
  const side = Math.max(1, Math.round(part * Math.min(width, height)));
  const [left, top] = [next() < 0.5 ? 0 : width - side, next() < 0.5 ? 0 : height - side];
  return sharp(whole).extract({ left, top, width: side, height: side }).toBuffer();
}

function instances(pasted: Pasted[]): object {
  const names = [...new Set(pasted.map(({ file }) => file.split('/')[0]!))].sort();
  return {
    images: pasted.map(({ file }, id) => ({ id, file_name: file, width: size, height: size })),
    annotations: pasted.map(({ file, box }, id) => ({
      id,
      image_id: id,
      category_id: names.indexOf(file.split('/')[0]!),
      bbox: box,
      area: box[2] * box[3],
      iscrowd: 0,
    })),
    categories: names.map((name, id) => ({ id, name })),
  };
}
