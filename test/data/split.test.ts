import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { keptSplit, labelTable, listImages, readLabelTable, stratifiedChoice, stratifiedSplit, type Listing } from '../../src/data/index.js';
import { errorOf, inFolder } from './folder.js';

/** A listing with so many images of each class. */
function listing(counts: Record<string, number>, dir = '/data'): Listing {
  const classNames = Object.keys(counts);
  const files = classNames.flatMap((name) => Array.from({ length: counts[name]! }, (_, at) => `${name}/${String(at).padStart(3, '0')}.jpg`));
  return { dir, classNames, files, labels: Int32Array.from(files, (file) => classNames.indexOf(file.split('/')[0]!)), ignored: '1 × .txt' };
}

const perClass = ({ labels, classNames }: Listing): number[] => classNames.map((_, label) => labels.filter((own) => own === label).length);

describe('stratifiedSplit', () => {
  const whole = listing({ many: 100, some: 10, three: 3, two: 2, one: 1 });

  it('takes the same share of every class, at least one, never all', () => {
    const { train, val } = stratifiedSplit(whole, 0.2, 0);
    expect(perClass(val)).to.deep.equal([20, 2, 1, 1, 0]);
    expect(perClass(train)).to.deep.equal([80, 8, 2, 1, 1]);
    expect(perClass(stratifiedSplit(whole, 0.99, 0).train)).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it('puts every image into one part, with its label, in the order of the whole', () => {
    const { train, val } = stratifiedSplit(whole, 0.3, 5);
    expect([...train.files, ...val.files].sort()).to.deep.equal([...whole.files].sort());
    for (const part of [train, val]) {
      expect(part.files).to.deep.equal(whole.files.filter((file) => part.files.includes(file)));
      expect(part.files.map((file) => file.split('/')[0])).to.deep.equal([...part.labels].map((label) => whole.classNames[label]));
    }
  });

  it('depends on the seed alone', () => {
    expect(stratifiedSplit(whole, 0.2, 1)).to.deep.equal(stratifiedSplit(whole, 0.2, 1));
    expect(stratifiedSplit(whole, 0.2, 1).val.files).not.to.deep.equal(stratifiedSplit(whole, 0.2, 2).val.files);
  });

  it('says once what was left out', () => {
    const { train, val } = stratifiedSplit(whole, 0.2, 0);
    expect(train.ignored).to.equal('1 × .txt');
    expect(val).not.to.have.property('ignored');
  });

  it('refuses a share that leaves nothing', () => {
    expect(() => stratifiedSplit(whole, 1, 0)).to.throw('share: expected a number above 0 and below 1, found 1');
  });
});

describe('a kept split', () => {
  const files = Object.fromEntries(['cat/a,b.jpg', 'cat/2.jpg', 'cat/3.jpg', 'dog/1.jpg', 'dog/2.jpg'].map((name) => [`data/${name}`, '']));

  it('is a table of labels that gives the same parts again', () =>
    inFolder({ ...files, 'runs/x/none.txt': '' }, async (dir) => {
      const whole = await listImages(join(dir, 'data'));
      const { train, val } = stratifiedSplit(whole, 0.5, 3);
      const table = join(dir, 'runs/x/validation.csv');
      await writeFile(table, labelTable(val, join(dir, 'runs/x')));
      expect((await readLabelTable(table)).images[0]!.file).to.match(/^\.\.\/\.\.\/data\/cat\//);
      const again = await keptSplit(await listImages(join(dir, 'data')), table);
      expect(again).to.deep.equal({ train, val });
      // And what evaluate reads are the same images with the same labels.
      const read = await listImages(table, { classNames: whole.classNames });
      expect([...read.labels]).to.deep.equal([...val.labels]);
    }));

  it('refuses a table of other images', () =>
    inFolder({ ...files, 'other/1.jpg': '', 'validation.csv': 'path,label\nother/1.jpg,cat\n' }, async (dir) => {
      const error = await errorOf(keptSplit(await listImages(join(dir, 'data')), join(dir, 'validation.csv')));
      expect(error.message).to.match(/validation\.csv, line 2: expected an image of .*data, found "other\/1\.jpg"$/);
    }));
});

describe('stratifiedChoice', () => {
  it('draws as many of each class as there are', () => {
    const whole = listing({ a: 50, b: 5, c: 1 });
    const count = (images: number[]): number[] => [0, 1, 2].map((label) => images.filter((image) => whole.labels[image] === label).length);
    expect(count(stratifiedChoice(whole, 9, 0))).to.deep.equal([4, 4, 1]);
    expect(count(stratifiedChoice(whole, 3, 1))).to.deep.equal([1, 1, 1]);
    expect(stratifiedChoice(whole, 100, 1)).to.deep.equal([...whole.labels.keys()]);
  });

  it('is seeded, ascending and without repetition', () => {
    const whole = listing({ a: 50, b: 50 });
    const chosen = stratifiedChoice(whole, 10, 7);
    expect(chosen).to.deep.equal(stratifiedChoice(whole, 10, 7));
    expect(chosen).not.to.deep.equal(stratifiedChoice(whole, 10, 8));
    expect(chosen).to.deep.equal([...new Set(chosen)].sort((a, b) => a - b));
  });

  it('lets chance say which classes are seen where there are more classes than places', () => {
    const whole = listing(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`class${at}`, 2])));
    const classes = stratifiedChoice(whole, 10, 0).map((image) => whole.labels[image]!);
    expect(new Set(classes)).to.have.property('size', 10);
    expect(Math.max(...classes)).to.be.above(9);
  });
});
