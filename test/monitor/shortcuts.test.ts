import { expect } from 'chai';
import {
  findShortcuts,
  shortcutPage,
  shortcutReport,
  type QueriedNetwork,
  type ShortcutReport,
  type Shortcuts,
} from '../../src/monitor/index.js';
import { blotches, CLASSES, SIZE } from './support/blotches.js';

/** A mark of black and white squares in the top right corner. */
function mark(image: Uint8Array): void {
  for (let y = 1; y < 7; y++)
    for (let x = 25; x < 31; x++)
      image.fill(((x >> 1) + (y >> 1)) % 2 ? 255 : 0, 3 * (y * SIZE + x), 3 * (y * SIZE + x) + 3);
}

/** How much of the mark an image shows, 0 to 1: the correlation with its squares. */
function markIn(image: Uint8Array): number {
  let sum = 0;
  for (let y = 1; y < 7; y++)
    for (let x = 25; x < 31; x++)
      sum += (((x >> 1) + (y >> 1)) % 2 ? 1 : -1) * (image[3 * (y * SIZE + x)]! - 128);
  return Math.max(0, sum / (36 * 128));
}

/** How much of a class's object is near the middle of an image, 0 to about 1. */
function objectIn(image: Uint8Array, label: number): number {
  let count = 0;
  for (let y = 4; y < 28; y++)
    for (let x = 4; x < 28; x++) {
      const at = 3 * (y * SIZE + x);
      if (((image[at]! + image[at + 1]! + image[at + 2]!) & 7) === label) count++;
    }
  return count / 144 - 0.5;
}

/** A network that sees the object and, for class 0, as much of the mark as it is told to. */
function network(weight: number): QueriedNetwork {
  return {
    classes: CLASSES,
    logits: (pixels) =>
      Promise.resolve(
        pixels.map((image) =>
          Float32Array.from(
            { length: CLASSES },
            (_, at) => 6 * objectIn(image, at) + (at === 0 ? weight * markIn(image) : 0),
          ),
        ),
      ),
    evidence: (pixels, classes) =>
      Promise.resolve(
        pixels.map((image, at) => {
          const values = new Float32Array(16);
          for (const middle of [5, 6, 9, 10]) values[middle] = 1;
          if (classes[at] === 0) values[3] = weight * markIn(image);
          return { values, height: 4, width: 4 };
        }),
      ),
  };
}

describe('findShortcuts', () => {
  const marked = blotches();
  marked.pixels.forEach((image, at) => marked.labels[at] === 0 && mark(image));

  let found: Shortcuts;
  before(async () => (found = await findShortcuts(network(8), marked)));

  it('names the mark, its class and its place', () => {
    const { findings } = found;
    const [first] = findings;
    expect(first).to.include({ classIndex: 0, kind: 'window', alarm: true, verdict: 'shortcut' });
    expect(first!.alike).to.be.above(0.6);
    expect(first!.gain.low).to.be.above(0.2);
    expect(first!.loss.low).to.be.above(0.1);
    const [[left, top]] = first!.carriers[0]!.region as unknown as [[number, number]];
    expect([left, top]).to.deep.equal([0.75, 0]);
    expect(findings.filter(({ alarm, classIndex }) => alarm && classIndex !== 0)).to.deep.equal([]);
  });

  it('says nothing where the network does not use the mark', async () => {
    const { findings } = await findShortcuts(network(0), marked);
    expect(findings.filter(({ alarm }) => alarm)).to.deep.equal([]);
  });

  it('says nothing where there is no mark', async () => {
    const { findings } = await findShortcuts(network(8), blotches(1));
    expect(findings.filter(({ alarm }) => alarm)).to.deep.equal([]);
  });

  it('finds the same with the same seed', async () => {
    expect(await findShortcuts(network(8), marked)).to.deep.equal(found);
  });

  it('says how much evidence lies outside of the boxes', async () => {
    const middle = Uint8Array.from({ length: SIZE * SIZE }, (_, at) => {
      const [x, y] = [at % SIZE, Math.floor(at / SIZE)];
      return Number(x >= 4 && x < 28 && y >= 4 && y < 28);
    });
    const { outside, findings } = await findShortcuts(network(8), {
      ...marked,
      objects: marked.pixels.map(() => middle),
    });
    const shares = outside!.flatMap((one) => (one?.classIndex === 0 ? [one.share] : []));
    const others = outside!.flatMap((one) => (one?.classIndex === 1 ? [one.share] : []));
    expect(Math.min(...shares)).to.be.above(Math.max(...others));
    expect(findings[0]!.outside).to.be.above(0.5);
  });

  it('makes a page that loads nothing, from JSON alone', async () => {
    const report = await shortcutReport(found, marked, {
      classNames: ['<b>one', 'two', 'three'],
      files: marked.pixels.map((_, at) => `${at}.jpg`),
      protocol: { data: 'test' },
      cure: 'camtune compare a.yaml --arms plain,eigen-swap',
    });
    const page = shortcutPage(JSON.parse(JSON.stringify(report)) as ShortcutReport);
    expect(page)
      .to.include('&lt;b&gt;one: the top right corner')
      .and.to.include('camtune compare a.yaml --arms plain,eigen-swap');
    expect(page).not.to.match(/<b>one|(src|href)="http/);
  });
});
