// Makes a data set whose backgrounds give the class away in training and not in validation: photographs of objects
// pasted, smaller, onto photographs of something else. Where the object is, is known exactly.
//   npx tsx bench/confounded.ts --objects DIR --backgrounds DIR --out DIR [--val DIR[,DIR]] [--agreement 0.9] [--part 1]
// --part: share of a background photograph's shorter side; below 1 a corner of it is taken, mostly ground, wall or sky
// without the thing that was photographed.
// DIR has one folder of images a class; background class k goes with object class k. Writes OUT/train, OUT/val (any
// background) and OUT/val-same (backgrounds as in training), each with instances.json (COCO's format).
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { listImages, type Listing } from '../src/data/index.js';
import { writeFileAtomic } from '../src/files.js';
import { mixSeeds, random, type Random } from '../src/random.js';

const { values } = parseArgs({
  options: {
    objects: { type: 'string' },
    val: { type: 'string' },
    backgrounds: { type: 'string' },
    out: { type: 'string' },
    agreement: { type: 'string', default: '0.9' },
    part: { type: 'string', default: '1' },
    limit: { type: 'string' },
    size: { type: 'string', default: '256' },
    seed: { type: 'string', default: '0' },
  },
});
const { objects, val, backgrounds, out } = values;
if (!objects || !val || !backgrounds || !out)
  throw new Error('--objects, --val, --backgrounds and --out: expected a folder each');
const size = Number(values.size);

/** Shares of the picture's side that the longer side of an object takes. */
const [SMALLEST, LARGEST] = [0.55, 0.75];

interface Pasted {
  file: string;
  box: [left: number, top: number, width: number, height: number];
}

const scenes = await listImages(backgrounds);
const train = await listImages(objects, values.limit ? { limit: Number(values.limit) } : {});
const checked = await Promise.all(
  val.split(',').map((dir) => listImages(dir, { classNames: train.classNames })),
);

await makeSplit('train', [train], Number(values.agreement));
await makeSplit('val', checked, 0);
await makeSplit('val-same', checked, Number(values.agreement));

/** @param agreement share of the images with a background of their class's own; the others have any */
async function makeSplit(name: string, listings: Listing[], agreement: number): Promise<void> {
  const pasted: Pasted[] = [];
  for (const [part, listing] of listings.entries()) {
    for (const [index, file] of listing.files.entries()) {
      // The object stands in the same place in every split that shows it.
      const next = random(mixSeeds(Number(values.seed), part, index));
      const label = listing.labels[index]!;
      const own = random(mixSeeds(Number(values.seed), 1, part, index, Math.round(agreement * 1000)));
      const scene = sceneFor(own() < agreement ? label % scenes.classNames.length : undefined, own);
      const to = file.replace(/\//, `/${part}-`).replace(/\.\w+$/, '.jpg');
      await mkdir(dirname(join(out!, name, to)), { recursive: true });
      pasted.push({ file: to, box: await paste(join(listing.dir, file), scene, join(out!, name, to), next) });
    }
  }
  await writeFileAtomic(join(out!, name, 'instances.json'), JSON.stringify(instances(pasted)));
  console.log(`${name}: ${pasted.length} images, background of the class's own in ${agreement * 100} %`);
}

function sceneFor(label: number | undefined, next: Random): string {
  const places = [...scenes.labels.keys()].filter(
    (index) => label === undefined || scenes.labels[index] === label,
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
