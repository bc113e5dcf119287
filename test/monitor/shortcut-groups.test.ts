import { expect } from 'chai';
import { findShortcuts } from '../../src/monitor/index.js';
import { classCast } from '../../src/monitor/shortcuts/cast.js';
import { see, type ScoredImages } from '../../src/monitor/shortcuts/screen.js';
import { shiftAlikeness } from '../../src/monitor/shortcuts/shift.js';
import { alarms, cast, knowing, mean, redness } from './support/knowing.js';
import { blotches, SIZE } from './support/blotches.js';

/** Stripes of two grays, two pixels wide, along all edges. */
function border(image: Uint8Array): void {
  for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
    const [x, y] = [pixel % SIZE, Math.floor(pixel / SIZE)];
    if (Math.min(x, y, SIZE - 1 - x, SIZE - 1 - y) < 2)
      image.fill((x + y) % 4 < 2 ? 230 : 30, 3 * pixel, 3 * pixel + 3);
  }
}

const bordered = (image: Uint8Array): number =>
  mean(image, (pixel) => {
    const [x, y] = [pixel % SIZE, Math.floor(pixel / SIZE)];
    return Math.min(x, y, SIZE - 1 - x, SIZE - 1 - y) < 2 ? ((x + y) % 4 < 2 ? 1 : -1) : 0;
  }) / 60;

describe('a color cast of a class', () => {
  const images = blotches(3);
  images.pixels.forEach((image, at) => images.labels[at] === 0 && cast(image));
  let seen: ScoredImages;
  before(async () => (seen = await see(knowing(redness), images)));

  it('is how far the class is from every other one; those are not far from each other', () => {
    expect(classCast(seen, 0)!.alike).to.be.above(0.8);
    for (const other of [1, 2]) expect(classCast(seen, other)!.alike).to.be.below(0.4);
  });

  it('moves images of other classes as the class is moved, and back to themselves for another class', () => {
    const [, image] = seen.pixels;
    const { transplant } = classCast(seen, 0)!;
    expect(redness(transplant.to(image!)) - redness(image!)).to.be.above(0.5);
    const same = transplant.control!(1).to(image!);
    expect(Math.abs(redness(same) - redness(image!))).to.be.below(0.1);
  });

  it('raises an alarm where the network uses it, about this class alone, and else none', async () => {
    const found = await findShortcuts(knowing(redness), images);
    expect(alarms(found)).to.deep.equal(['0 levels']);
    expect(found.findings[0]!.carriers).to.have.length(12);
    expect(alarms(await findShortcuts(knowing(bordered), images))).to.deep.equal([]);
    expect(alarms(await findShortcuts(knowing(redness), blotches(3)))).to.deep.equal([]);
  });

  it('is no shift of the classes that lack it, though most images have it', () => {
    const more = [...seen.own];
    more[1] = more[1]!.slice(0, 6);
    more[2] = more[2]!.slice(0, 6);
    const shift = (index: number) => shiftAlikeness({ ...seen, own: more }, 'levels', index, more[index]!);
    expect(shift(0)).to.be.above(0.5);
    expect(shift(1)).to.be.below(0.3);
  });

  it('is unknown where there is no other class', () => {
    expect(classCast({ ...seen, own: [seen.own[0]!, [], []] }, 0)).to.equal(undefined);
  });
});

describe('a border in a part of a class', () => {
  it('is found where the frames of the rest move the network as well', async () => {
    const images = blotches(4);
    const own = [...images.labels.keys()].filter((at) => images.labels[at] === 0);
    own.slice(0, 5).forEach((at) => border(images.pixels[at]!));
    // What is bright along the edges of the other images of the class moves the network, too.
    own.slice(5).forEach((at, place) => {
      const image = images.pixels[at]!;
      for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
        const [x, y] = [pixel % SIZE, Math.floor(pixel / SIZE)];
        const edge = Math.min(x, y, SIZE - 1 - x, SIZE - 1 - y);
        if (edge < 2 && (x * (place + 2) + y * (place + 5)) % 7 < 3)
          image.fill(250, 3 * pixel, 3 * pixel + 3);
      }
    });
    const onEdge = (pixel: number): number => {
      const [x, y] = [pixel % SIZE, Math.floor(pixel / SIZE)];
      return Math.min(x, y, SIZE - 1 - x, SIZE - 1 - y) < 2 ? 1 : 0;
    };
    const share = mean(new Uint8Array(SIZE * SIZE * 3).fill(1), onEdge);
    const bright = (image: Uint8Array): number => mean(image, onEdge) / share;
    const network = knowing((image) => Math.max(bordered(image), (bright(image) - 145) / 35));
    const { findings } = await findShortcuts(network, images);
    const [first] = findings.filter(({ kind }) => kind === 'frame');
    expect(first).to.include({ classIndex: 0, verdict: 'shortcut' });
    expect(first!.carriers.map(({ image }) => image).sort((a, b) => a - b)).to.deep.equal(own.slice(0, 5));
  });
});
