import { expect } from 'chai';
import { join } from 'node:path';
import { boxMasks, matchBoxes, readBoxes, type Box, type BoxSet, type Crop } from '../../src/data/index.js';
import { errorOf, inFolder, plain } from './folder.js';

const box = (left: number, top: number, width: number, height: number, crowd = false): Box => ({
  left,
  top,
  width,
  height,
  category: 0,
  crowd,
});
const crop = (left: number, top: number, width: number, height: number, flipped = false): Crop => ({
  left,
  top,
  width,
  height,
  flipped,
});
const entry = (file: string, ...boxes: Box[]) => ({ file, width: 8, height: 6, boxes });
const setOf = (...files: string[]): BoxSet => ({ categories: ['x'], images: files.map((file) => entry(file)) });
const listing = { dir: 'train', files: ['a/1.jpg', 'a/2.jpg', 'b/2.jpg'] };

/** The mask of one image, one text of 0 and 1 a row. */
function rowsOf(boxes: Box[], of: Crop, size: [number, number]): string[] {
  const masks = boxMasks(new Map([['f', entry('f', ...boxes)]]), ['f'], [of], size);
  return Array.from({ length: size[0] }, (_, row) => masks.subarray(row * size[1], (row + 1) * size[1]).join(''));
}

describe('boxMasks', () => {
  it('marks the pixels whose center lies in a box', () => {
    const whole = crop(0, 0, 8, 6);
    expect(rowsOf([box(2, 1, 3, 2)], whole, [6, 8])).to.deep.equal([
      '00000000',
      '00111000',
      '00111000',
      '00000000',
      '00000000',
      '00000000',
    ]);
    // From 2.5 on, exactly: that center is inside; up to 4.5: that one is not.
    expect(rowsOf([box(2.5, 0.4, 2, 0.2)], whole, [6, 8])[0]).to.equal('00110000');
  });

  it('maps a box through the crop, enlarged or reduced', () => {
    // Pixels 2..6 × 2..6, in half the resolution.
    expect(rowsOf([box(2, 2, 2, 4)], crop(2, 2, 4, 4), [2, 2])).to.deep.equal(['10', '10']);
    // Pixel 3 alone, in four times the resolution.
    expect(rowsOf([box(3, 3, 1, 1)], crop(2, 3, 2, 1), [4, 8])).to.deep.equal(new Array(4).fill('00001111'));
  });

  it('flips with the crop', () => {
    expect(rowsOf([box(0, 0, 3, 6)], crop(0, 0, 8, 6, true), [1, 8])).to.deep.equal(['00000111']);
    expect(rowsOf([box(1, 0, 1, 6)], crop(0, 0, 4, 6, true), [1, 4])).to.deep.equal(['0010']);
  });

  it('cuts off what reaches beyond the crop, and leaves out what misses it', () => {
    expect(rowsOf([box(0, 0, 3, 2), box(6, 0, 2, 6)], crop(2, 1, 3, 3), [3, 3])).to.deep.equal(['100', '000', '000']);
    expect(rowsOf([box(6, 0, 2, 6)], crop(2, 1, 3, 3, true), [3, 3])).to.deep.equal(['000', '000', '000']);
  });

  it('unites several boxes, and passes over crowds', () => {
    expect(rowsOf([box(0, 0, 2, 1), box(1, 0, 3, 1), box(6, 0, 2, 6, true)], crop(0, 0, 8, 6), [6, 8])[0]).to.equal(
      '11110000',
    );
  });

  it('gives each image its own, and none to a file without an entry', () => {
    const boxes = new Map([['a', entry('a', box(0, 0, 8, 6))], ['c', entry('c', box(0, 0, 4, 6))]]); // prettier-ignore
    const whole = crop(0, 0, 8, 6);
    expect([...boxMasks(boxes, ['a', 'b', 'c'], [whole, whole, whole], [1, 2])]).to.deep.equal([1, 1, 0, 0, 1, 0]);
  });

  it('refuses boxes of an image of another size', () => {
    expect(() => rowsOf([box(0, 0, 1, 1)], crop(0, 0, 9, 6), [2, 2])).to.not.throw();
    expect(() => rowsOf([box(0, 0, 1, 1)], crop(0, 0, 16, 12), [2, 2])).to.throw(
      'f: expected an image of 8 × 6 pixels, as its entry f in the boxes says, found one of 16 × 12 or more',
    );
  });
});

describe('matchBoxes', () => {
  it('finds images by their path, or by a base name that only one of them has', () => {
    const found = matchBoxes(setOf('train2017/1.jpg', './a/2.jpg', 'b\\2.jpg', 'elsewhere.jpg'), listing, 'boxes.json');
    expect([...found].map(([file, image]) => [file, image.file])).to.deep.equal([
      ['a/1.jpg', 'train2017/1.jpg'],
      ['a/2.jpg', './a/2.jpg'],
      ['b/2.jpg', 'b\\2.jpg'],
    ]);
  });

  it('passes over entries of images that are left out, though others have their base name', () => {
    const some = { dir: 'train', files: ['a/1.jpg', 'b/2.jpg'] };
    const found = matchBoxes(setOf('a/1.jpg', 'a/2.jpg', 'b/1.jpg', './b/2.jpg'), some, 'boxes.json');
    expect([...found.keys()]).to.deep.equal(['a/1.jpg', 'b/2.jpg']);
  });

  it('refuses a base name that several images have', () => {
    expect(() => matchBoxes(setOf('2.jpg'), listing, 'boxes.json')).to.throw(
      'boxes.json, 2.jpg: expected the name of one image of train, found ["a/2.jpg","b/2.jpg"]; write the path relative to that folder',
    );
  });

  it('refuses two entries for one image, and boxes of other images', () => {
    expect(() => matchBoxes(setOf('a/1.jpg', '1.jpg'), listing, 'boxes.json')).to.throw(
      'boxes.json, 1.jpg: expected one entry for a/1.jpg, found ["a/1.jpg","1.jpg"]',
    );
    expect(() => matchBoxes(setOf('3.jpg'), listing, 'boxes.json')).to.throw(
      'boxes.json: expected boxes of images of train (such as a/1.jpg), found ["3.jpg"]',
    );
  });
});

describe('readBoxes', () => {
  it('reads a file for a listing', async () => {
    const content = {
      images: [{ id: 1, file_name: 'a/1.jpg', width: 8, height: 6 }],
      annotations: [{ image_id: 1, category_id: 5, bbox: [1, 2, 3, 4] }],
      categories: [{ id: 5, name: 'thing' }],
    };
    await inFolder({ 'boxes.json': JSON.stringify(content) }, async (dir) => {
      const found = await readBoxes(join(dir, 'boxes.json'), listing);
      expect([...found]).to.deep.equal([['a/1.jpg', entry('a/1.jpg', box(1, 2, 3, 4))]]);
      // The images of this listing do not exist; that is for the reader to say.
      expect((await errorOf(readBoxes(join(dir, 'none.json'), listing))).message).to.include('cannot be read: no such file or directory (ENOENT)');
    });
  });

  it('refuses boxes that were made for images of another size', async () => {
    const png = await plain(4, 3, [255, 0, 0]).png().toBuffer();
    const content = (width: number, height: number): string =>
      JSON.stringify({ images: [{ id: 1, file_name: '1.png', width, height }], annotations: [], categories: [] });
    await inFolder({ 'a/1.png': png, 'same.json': content(4, 3), 'larger.json': content(8, 6) }, async (dir) => {
      const own = { dir, files: ['a/1.png'] };
      expect((await readBoxes(join(dir, 'same.json'), own)).size).to.equal(1);
      expect((await errorOf(readBoxes(join(dir, 'larger.json'), own))).message).to.match(
        /larger.json, 1.png: expected 4 × 3 pixels, the size of a.1.png as it is shown, found 8 × 6; make the boxes/,
      );
    });
  });
});
