import { join } from 'node:path';
import { expect } from 'chai';
import { imageFiles, imageReader, isLabelTable, listImages, readLabelTable } from '../../src/data/index.js';
import { collect, errorOf, inFolder, plain } from './folder.js';

const images = { 'images/a.jpg': '', 'images/b.png': '', 'c.webp': '' };

/** Lists a table beside some empty images. */
function withTable(table: string, test: (path: string) => Promise<void>, files: Record<string, string> = images): Promise<void> {
  return inFolder({ ...files, 'labels.csv': table }, (dir) => test(join(dir, 'labels.csv')));
}

describe('a table of labels', () => {
  it('lists as a folder of class folders does: classes sorted, files sorted within a class', () =>
    withTable('path,label\nimages/b.png,cat\nc.webp,ant\nimages/a.jpg,cat\n', async (path) => {
      const listing = await listImages(path);
      expect(listing.classNames).to.deep.equal(['ant', 'cat']);
      expect(listing.files).to.deep.equal(['c.webp', 'images/a.jpg', 'images/b.png']);
      expect([...listing.labels]).to.deep.equal([0, 1, 1]);
      expect(join(listing.dir, listing.files[1]!)).to.equal(join(path, '..', 'images/a.jpg'));
      expect(listing).not.to.have.property('ignored');
    }));

  it('finds the columns by name, in any order, among others', () =>
    withTable('id,label,split,path\n1,cat,val,c.webp\n2,dog,val,./images/../images/a.jpg\n', async (path) => {
      const { files, labels } = await listImages(path);
      expect(files).to.deep.equal(['c.webp', 'images/a.jpg']);
      expect([...labels]).to.deep.equal([0, 1]);
    }));

  it('takes quoted fields, a byte order mark and any ends of lines', () => {
    const names = { 'a,b.jpg': '', 'say "hi".png': '', 'Röcke.jpg': '', 'line\nend.jpg': '' };
    const table = '\ufeffpath,label\r\n"a,b.jpg","fish, fried"\r\n"say ""hi"".png",cat\n\nRöcke.jpg,cat\r\n"line\nend.jpg",cat';
    return withTable(table, async (path) => {
      const { images: found } = await readLabelTable(path);
      expect(found).to.deep.equal([
        { file: 'a,b.jpg', label: 'fish, fried', line: 2 },
        { file: 'say "hi".png', label: 'cat', line: 3 },
        { file: 'Röcke.jpg', label: 'cat', line: 5 },
        { file: 'line\nend.jpg', label: 'cat', line: 6 },
      ]);
    }, names);
  });

  it('takes absolute paths, and files above the folder of the table', () =>
    inFolder(images, (dir) =>
      inFolder({ 'labels.csv': `path,label\n${join(dir, 'c.webp')},cat\n${join(dir, 'images', 'a.jpg')},dog\n` }, async (other) => {
        const listing = await listImages(join(other, 'labels.csv'));
        expect(listing.files.map((file) => join(listing.dir, file))).to.deep.equal([join(dir, 'c.webp'), join(dir, 'images/a.jpg')]);
      }),
    ));

  it('keeps the order of classes that is given, and names the line of a label that is none of them', () =>
    withTable('path,label\nimages/a.jpg,cat\nc.webp,dog\n', async (path) => {
      const listing = await listImages(path, { classNames: ['dog', 'bird', 'cat'] });
      expect(listing.files).to.deep.equal(['c.webp', 'images/a.jpg']);
      expect([...listing.labels]).to.deep.equal([0, 2]);
      const error = await errorOf(listImages(path, { classNames: ['bird', 'cat'] }));
      expect(error.message).to.equal(`${path}, line 3: expected classes among bird, cat, found "dog"; rename or remove these`);
    }));

  it('takes the first images of each class when there is a limit', () =>
    withTable('path,label\nimages/b.png,cat\nc.webp,ant\nimages/a.jpg,cat\n', async (path) => {
      expect((await listImages(path, { limit: 1 })).files).to.deep.equal(['c.webp', 'images/a.jpg']);
    }));

  it('leaves out what is no image, and counts it', () =>
    withTable('path,label\na.heic,cat\nc.webp,ant\nimages/a.jpg,cat\nb.HEIC,cat\n', async (path) => {
      expect(await listImages(path)).to.include({ ignored: '2 × .heic' });
    }));

  const wrong: Record<string, [table: string, message: RegExp]> = {
    'no header': ['images/a.jpg,cat\n', /line 1: expected a header with one column path and one column label.*found "images\/a.jpg,cat"$/],
    'another separator': ['path;label\nimages/a.jpg;cat\n', /line 1: expected a header .* with commas between, found "path;label"$/],
    'nothing at all': ['', /labels\.csv, line 1: expected a header/],
    'no rows': ['path,label\n', /expected images .* in the table, found none$/],
    'a column twice': ['path,label,path\nimages/a.jpg,cat,b\n', /line 1: expected a header/],
    'a short row': ['path,label\nimages/a.jpg,cat\n\nc.webp\n', /line 4: expected a row of a CSV file, found something else: Invalid Record Length/],
    'an open quote': ['path,label\n"images/a.jpg,cat\n', /line 2: expected a row of a CSV file, found something else: Quote Not Closed/],
    'no label': ['path,label\nimages/a.jpg,cat\nc.webp, \n', /line 3: expected the label of c\.webp, found ""$/],
    'no path': ['path,label\n,cat\n', /line 2: expected the path of an image, found ""$/],
    'an image twice': ['path,label\nc.webp,cat\n./c.webp,dog\n', /line 3: expected each image once, found "\.\/c\.webp"; it stands on line 2 too$/],
    'one class': ['path,label\nc.webp,cat\nimages/a.jpg,cat\n', /expected at least two classes \(labels\), found \["cat"\]/],
    'missing files': [
      'path,label\nc.webp,cat\nx/a.jpg,cat\nx/b.jpg,dog\n',
      /line 3: expected an image at .*x\/a\.jpg, found no file, as for 2 rows in all \(lines 3, 4\); paths are relative to the folder of the table$/,
    ],
  };
  for (const [name, [table, message]] of Object.entries(wrong)) {
    it(`says where it is wrong: ${name}`, () =>
      withTable(table, async (path) => {
        const error = await errorOf(listImages(path));
        expect(error.name).to.equal('InvalidInput');
        expect(error.message).to.match(message);
      }));
  }

  it('wants UTF-8', () =>
    inFolder({ 'labels.csv': Buffer.from('path,label\nR\xf6cke.jpg,cat\n', 'latin1') }, async (dir) => {
      expect((await errorOf(readLabelTable(join(dir, 'labels.csv')))).message).to.match(/expected text in UTF-8/);
    }));

  it('is a file: a folder that is called like one stays a folder', () =>
    inFolder({ 'data.csv/cat/a.jpg': '', 'data.csv/dog/b.jpg': '', 'labels.txt': '' }, async (dir) => {
      expect(await isLabelTable(join(dir, 'data.csv'))).to.equal(false);
      expect((await listImages(join(dir, 'data.csv'))).files).to.deep.equal(['cat/a.jpg', 'dog/b.jpg']);
      const { message } = await errorOf(listImages(join(dir, 'labels.txt')));
      expect(message).to.match(/expected a folder with one folder of images a class, or a table of labels \(\.csv\), found a file$/);
    }));

  it('is read by the reader, and gives its images wherever images are asked for', async () => {
    const gray = await plain(8, 8, [9, 9, 9]).png().toBuffer();
    await inFolder({ 'sub/a.png': gray, 'b.png': gray, 'labels.csv': 'path,label\nsub/a.png,x\nb.png,y\n' }, async (dir) => {
      const path = join(dir, 'labels.csv');
      const [batch] = await collect(imageReader(await listImages(path), { view: { crop: 'whole', size: 4 } }).batches());
      expect(batch!.files).to.deep.equal(['sub/a.png', 'b.png']);
      expect([...batch!.labels]).to.deep.equal([0, 1]);
      expect(await imageFiles([path])).to.deep.equal([join(dir, 'b.png'), join(dir, 'sub/a.png')]);
    });
  });
});
