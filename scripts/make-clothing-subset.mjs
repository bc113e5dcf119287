// Makes data/clothing, the small data set of the quick start, out of the clothing data set (CC0 1.0):
//   node scripts/make-clothing-subset.mjs SOURCE [TARGET]
// SOURCE holds train, val and test with one folder a class, as alexeygrigorev/clothing-dataset-small does.
// The first 30 images of each class of train, the first 15 of val followed by test, in sorted order; upright, shorter
// side 192 px, JPEG of quality 80. The same source and the same sharp give the same bytes.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const [source, target = 'data/clothing'] = process.argv.slice(2);
if (!source) {
  console.error('usage: node scripts/make-clothing-subset.mjs SOURCE [TARGET]');
  process.exit(2);
}

const shorterSide = 192;
const splits = [
  { name: 'train', from: ['train'], images: 30 },
  { name: 'val', from: ['val', 'test'], images: 15 },
];

const classes = (await readdir(join(source, 'train'))).sort();
for (const { name, from, images } of splits) {
  let bytes = 0;
  await rm(join(target, name), { recursive: true, force: true });
  for (const className of classes) {
    const folders = from.map((split) => join(source, split, className));
    const files = (await Promise.all(folders.map(sortedFiles))).flat().slice(0, images);
    await mkdir(join(target, name, className), { recursive: true });
    for (const [index, file] of files.entries()) {
      const jpeg = await shrink(file);
      bytes += jpeg.length;
      await writeFile(join(target, name, className, `${String(index).padStart(3, '0')}.jpg`), jpeg);
    }
    console.log(`${name}/${className}: ${files.length} images`);
  }
  console.log(`${name}: ${(bytes / 1e6).toFixed(2)} MB`);
}

async function sortedFiles(folder) {
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

function shrink(file) {
  return sharp(file)
    .autoOrient()
    .resize(shorterSide, shorterSide, { fit: 'outside', withoutEnlargement: true, fastShrinkOnLoad: false })
    .jpeg({ quality: 80, mozjpeg: true })
    .toBuffer();
}
