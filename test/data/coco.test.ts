import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readCocoBoxes } from '../../src/data/index.js';
import { errorOf, inFolder } from './folder.js';

const good = {
  images: [
    { id: 9, file_name: 'a.jpg', width: 20, height: 10 },
    { id: 4, file_name: 'b.jpg', width: 5, height: 5 },
  ],
  annotations: [{ image_id: 9, category_id: 7, bbox: [1, 2, 3.5, 4], iscrowd: 1 }],
  categories: [
    { id: 7, name: 'train' },
    { id: 2, name: 'bicycle' },
  ],
};

/** What reading the file gives: its boxes or its error. */
async function read(content: unknown): Promise<Awaited<ReturnType<typeof readCocoBoxes>>> {
  let result: Awaited<ReturnType<typeof readCocoBoxes>> | undefined;
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  await inFolder({ 'instances.json': text }, async (dir) => {
    result = await readCocoBoxes(join(dir, 'instances.json'));
  });
  return result!;
}

describe('readCocoBoxes', () => {
  it('gives each image its boxes, with categories counted in the order of their ids', async () => {
    expect(await read(good)).to.deep.equal({
      categories: ['bicycle', 'train'],
      images: [
        { file: 'a.jpg', width: 20, height: 10, boxes: [{ left: 1, top: 2, width: 3.5, height: 4, category: 1, crowd: true }] },
        { file: 'b.jpg', width: 5, height: 5, boxes: [] },
      ],
    });
  });

  const [annotation] = good.annotations;
  const wrong: [string, unknown, RegExp][] = [
    ['a list of nulls', { ...good, images: [null] }, /expected COCO's instances format/],
    ['categories of nulls', { ...good, categories: [null] }, /expected COCO's instances format/],
    ['annotations of nulls', { ...good, annotations: [null] }, /expected COCO's instances format/],
    ['a category without a name', { ...good, categories: [{ id: 7 }] }, /categories: expected an id \(a number\) and a name each/],
    ['a size of text', { ...good, images: [{ id: 9, file_name: 'a.jpg', width: '20', height: 10 }] }, /image 9: expected a file_name/],
    ['two images of one id', { ...good, images: [good.images[0], good.images[0]] }, /images: expected each id once, found 9/],
    ['two categories of one id', { ...good, categories: [good.categories[0], good.categories[0]] }, /categories: expected each id once, found \[7,7\]/],
    ['no JSON', '{', /instances\.json: expected JSON/],
    ['null', 'null', /expected COCO's instances format/],
    ['another JSON', [1], /expected COCO's instances format/],
    ['an unknown image', { ...good, annotations: [{ ...annotation, image_id: 1 }] }, /annotation 0: expected the id of an image of the file, found 1/],
    ['an unknown category', { ...good, annotations: [{ ...annotation, category_id: 1 }] }, /the id of a category of the file, found 1/],
    ['a box without area', { ...good, annotations: [{ ...annotation, bbox: [0, 0, 0, 5] }] }, /a bbox .*found \[0,0,0,5\]/],
    ['a box of three numbers', { ...good, annotations: [{ ...annotation, bbox: [0, 0, 5] }] }, /a bbox/],
    ['an image without size', { ...good, images: [{ id: 9, file_name: 'a.jpg' }] }, /image 9: expected a file_name and a width/],
  ];
  for (const [what, content, message] of wrong)
    it(`refuses ${what}`, async () => {
      expect((await errorOf(read(content))).message).to.match(message);
    });

  it('takes a byte order mark, and no pipe', async () => {
    expect((await read(`\ufeff${JSON.stringify(good)}`)).images).to.have.length(2);
    await inFolder({}, async (dir) => {
      execFileSync('mkfifo', [join(dir, 'pipe.json')]);
      expect((await errorOf(readCocoBoxes(join(dir, 'pipe.json')))).message).to.match(/expected a regular file, found a pipe$/);
    });
  });

  it('says when there is no such file', async () => {
    expect((await errorOf(readCocoBoxes('/no/such.json'))).message).to.equal('/no/such.json: cannot be read: no such file or directory (ENOENT)');
  });

  it('reads the sample of COCO train2017', async function () {
    const path = join(import.meta.dirname, '../../../shared/data/coco/instances.json');
    if (!existsSync(path)) return this.skip();
    const { categories, images } = await readCocoBoxes(path);
    expect(categories).to.have.length(80);
    expect(categories[0]).to.equal('person');
    expect(images).to.have.length(80);
    const boxes = images.flatMap((image) => image.boxes.map((box) => ({ image, box })));
    expect(boxes).to.have.length(561);
    for (const { image, box } of boxes) expect(box.left + box.width).to.be.at.most(image.width + 0.011);
  });
});
