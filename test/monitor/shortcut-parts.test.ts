import { expect } from 'chai';
import { findShortcuts } from '../../src/monitor/index.js';
import { looksOf, sameLook } from '../../src/monitor/shortcuts/look.js';
import { strips } from '../../src/monitor/shortcuts/regions.js';
import { sharedTints } from '../../src/monitor/shortcuts/tint.js';
import { random } from '../../src/random.js';
import { blotches, CLASSES, SIZE } from './support/blotches.js';
import { alarms, cast, knowing, redness } from './support/knowing.js';

const EACH = 24;
const CARRIERS = 9;
const STRIP = 6;
const top = strips.find(({ name }) => name === 'top')!;

/** White letters on black along the upper edge, others in every image. */
function caption(image: Uint8Array, next: () => number): void {
  const letters = Array.from({ length: (SIZE / 2) * (STRIP / 2) }, () => next() < 0.5);
  for (let pixel = 0; pixel < SIZE * STRIP; pixel++) {
    const [x, y] = [pixel % SIZE, Math.floor(pixel / SIZE)];
    image.fill(letters[(y >> 1) * (SIZE / 2) + (x >> 1)] ? 250 : 20, 3 * pixel, 3 * pixel + 3);
  }
}

/** Share of the upper edge that is black or white. */
const captioned = (image: Uint8Array): number =>
  image.subarray(0, 3 * SIZE * STRIP).filter((value) => value < 30 || value > 240).length /
  (3 * SIZE * STRIP);

/** Images some of which have been changed, and which; `of` says of how many images of a class. */
function changed(change: (image: Uint8Array) => void, of: (label: number) => number) {
  const images = blotches(5, EACH);
  const own = [...Array(CLASSES).keys()].map((label) =>
    [...images.labels.keys()].filter((at) => images.labels[at] === label),
  );
  const carriers = own.flatMap((list, label) => list.slice(0, of(label)));
  carriers.forEach((at) => change(images.pixels[at]!));
  return { images, carriers, own };
}

const ascending = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);

describe('a caption in a third of a class, with other letters in every image', () => {
  const next = random(8);
  const { images, carriers, own } = changed(
    (image) => caption(image, next),
    (label) => (label === 0 ? CARRIERS : 0),
  );
  const look = looksOf(images)(top);
  const others = [...own[1]!, ...own[2]!];

  it('is found as a look that these images share, and no others', () => {
    const { members, alike } = sameLook(look, own[0]!, others)!;
    expect(ascending(members)).to.deep.equal(carriers);
    expect(alike).to.be.within(0.95, 1);
    expect(sameLook(look, own[1]!, [...own[0]!, ...own[2]!])).to.equal(undefined);
  });

  it('is nothing of the class where others have it as often, and nothing in four images', () => {
    const half = others.map((at, place) => (place % 3 === 0 ? carriers[place % CARRIERS]! : at));
    expect(sameLook(look, own[0]!, half)).to.equal(undefined);
    expect(sameLook(look, [...carriers.slice(0, 4), ...own[0]!.slice(CARRIERS)], others)).to.equal(undefined);
    expect(sameLook(look, own[0]!, [])).to.equal(undefined);
  });

  it('raises an alarm where the network uses it, and else none', async () => {
    const found = await findShortcuts(knowing(captioned), images);
    expect(alarms(found)).to.deep.equal(['0 strip']);
    const [first] = found.findings;
    expect(first).to.include({ basis: 'look', place: 'top' });
    expect(ascending(first!.carriers.map(({ image }) => image))).to.deep.equal(carriers);
    expect(alarms(await findShortcuts(knowing(redness), images))).to.deep.equal([]);
  });
});

describe('a tint in a third of a class', () => {
  const { images, carriers, own } = changed(cast, (label) => (label === 0 ? CARRIERS : 0));

  it('is found in these images, and in no other class', () => {
    const [tint, ...rest] = sharedTints({ own, pixels: images.pixels });
    expect(tint!.members).to.include.members(carriers.slice(0, 7));
    expect(tint!.alike).to.be.within(0.8, 1);
    expect(rest).to.deep.equal([undefined, undefined]);
  });

  it('is nothing of the class where another one has it as well, or where there is no other', () => {
    const both = changed(cast, (label) => (label < 2 ? CARRIERS : 0));
    const found = sharedTints({ own: both.own, pixels: both.images.pixels });
    expect(found).to.deep.equal([undefined, undefined, undefined]);
    expect(sharedTints({ own: [own[0]!, [], []], pixels: images.pixels })[0]).to.equal(undefined);
  });

  it('raises an alarm where the network uses it, and else none', async () => {
    const found = await findShortcuts(knowing(redness), images);
    expect(alarms(found)).to.deep.equal(['0 levels']);
    expect(found.findings[0]).to.include({ basis: 'tint' });
    expect(alarms(await findShortcuts(knowing(captioned), images))).to.deep.equal([]);
  });
});
