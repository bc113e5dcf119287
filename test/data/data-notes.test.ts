import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { countsPerClass, dataNotes, listImages, stratifiedSplit } from '../../src/data/index.js';
import { inFolder } from './folder.js';

/** So many empty images in each folder. */
function files(counts: Record<string, number>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(counts).flatMap(([folder, count]) => Array.from({ length: count }, (_, at) => [`${folder}/${at}.jpg`, ''])),
  );
}

/** The notes about two folders. */
async function notes(content: Record<string, string>, [trainDir, valDir]: [string, string] = ['train', 'val']): Promise<string[]> {
  let found: string[] = [];
  await inFolder(content, async (dir) => {
    const train = await listImages(join(dir, trainDir));
    const val = await listImages(join(dir, valDir), { classNames: train.classNames });
    found = (await dataNotes(train, val)).map((note) => note.replaceAll(dir, '.'));
  });
  return found;
}

const good = files({ 'train/cat': 4, 'train/dog': 3, 'val/cat': 2, 'val/dog': 1 });

describe('notes about the data', () => {
  it('are none where nothing is wrong', async () => {
    expect(await notes(good)).to.deep.equal([]);
  });

  it('name classes that no validation image has', async () => {
    expect(await notes(files({ 'train/ant': 2, 'train/cat': 2, 'train/dog': 2, 'val/cat': 1 }))).to.deep.equal([
      'no validation image of ant, dog: their accuracy is not measured',
    ]);
  });

  it('say that training and validation are the same images, also behind a link and in part', async () => {
    expect(await notes(good, ['train', 'train'])).to.deep.equal([
      'all of the 7 validation images are training images too (cat/0.jpg, cat/1.jpg and 5 more): validation says nothing about new images',
    ]);
    await inFolder(good, async (dir) => {
      await symlink(join(dir, 'train'), join(dir, 'link'));
      const [train, val] = await Promise.all([listImages(join(dir, 'train')), listImages(join(dir, 'link'))]);
      expect((await dataNotes(train, val))[0]).to.match(/^all of the 7/);
    });
    const table = 'path,label\ntrain/cat/0.jpg,cat\nval/cat/0.jpg,cat\nval/dog/0.jpg,dog\n';
    await inFolder({ ...good, 'val.csv': table, 'train.csv': 'path,label\ntrain/cat/0.jpg,cat\ntrain/dog/0.jpg,dog\n' }, async (dir) => {
      const [train, val] = await Promise.all([listImages(join(dir, 'train.csv')), listImages(join(dir, 'val.csv'))]);
      expect((await dataNotes(train, val))[0]).to.match(/^1 of the 3 validation images are training images too \(train\/cat\/0\.jpg\)/);
    });
  });

  it('follow a link to another class', () =>
    inFolder(files({ 'cat/young': 3, dog: 3 }), async (dir) => {
      await symlink('../cat/young', join(dir, 'dog', 'link'));
      const listing = await listImages(dir);
      const { train, val } = stratifiedSplit(listing, 0.34, 0);
      const found = await dataNotes(train, val);
      expect(found.some((note) => /validation images are training images too/.test(note))).to.equal(true);
      expect(found.some((note) => /in two classes \(dog\/link\/\d\.jpg, also of cat/.test(note))).to.equal(true);
    }));

  it('tell of a folder whose images are all one level deeper than those of other classes', async () => {
    const [deeper, flat] = [files({ 'train/cat': 2, 'train/birds/jay': 2, 'train/birds/owl': 2 }), files({ 'val/cat': 1, 'val/birds': 1 })];
    expect(await notes({ ...deeper, ...flat })).to.deep.equal([
      'all images of birds are in folders below it (jay, owl), which are no classes of their own: is birds a class?',
    ]);
    expect(await notes({ ...deeper, ...flat, 'train/birds/x.jpg': '' })).to.deep.equal([]);
    expect(await notes({ ...deeper, ...flat, ...files({ 'train/cat/old': 1 }) })).to.have.length(1);
  });

  it('guess that the folder above was given', async () => {
    expect(await notes(good, ['.', '.'])).to.include('the classes are called train, val: is . the folder above the training images?');
  });

  it('say what to do about HEIC', async () => {
    expect(await notes({ ...good, 'train/cat/x.HEIC': '', 'val/cat/y.gif': '' })).to.deep.equal([
      'HEIC images in ./train are left out: convert them to JPEG or PNG',
    ]);
  });

  it('tell of classes of very different size', async () => {
    const found = await notes(files({ 'train/cat': 20, 'train/dog': 2, 'val/cat': 1, 'val/dog': 1 }));
    expect(found).to.have.length(1);
    expect(found[0]).to.match(/^the class cat \(20\) has 10 times the training images of dog \(2\)/);
    expect(await notes(files({ 'train/cat': 19, 'train/dog': 2, 'val/cat': 1, 'val/dog': 1 }))).to.deep.equal([]);
  });

  it('count the images of every class', () =>
    inFolder(good, async (dir) => {
      const [train, val] = await Promise.all([listImages(join(dir, 'train')), listImages(join(dir, 'val'))]);
      expect(countsPerClass(train, val)).to.equal('cat 4 + 2, dog 3 + 1');
    }));
});
