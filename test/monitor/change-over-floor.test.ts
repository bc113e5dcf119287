import { expect } from 'chai';
import { centerOfMass } from '../../src/metrics/index.js';
import {
  changeOverFloor,
  floorMaps,
  mapDistance,
  rankChange,
  type EpochMaps,
} from '../../src/monitor/index.js';
import type { HostMap } from '../../src/report/index.js';
import { permutation, random } from '../../src/random.js';

const SIDE = 16;
const blob = (x: number, y: number): HostMap => ({
  values: Float32Array.from({ length: SIDE * SIDE }, (_, at) =>
    Math.exp(-(((at % SIDE) - x) ** 2 + (Math.floor(at / SIDE) - y) ** 2) / 18),
  ),
  width: SIDE,
  height: SIDE,
});
const zero: HostMap = { values: new Float32Array(SIDE * SIDE), width: SIDE, height: SIDE };
const shuffled = ({ values, ...size }: HostMap, seed: number): HostMap => ({
  ...size,
  values: Float32Array.from(permutation(values.length, random(seed)), (at) => values[at]!),
});
const epoch = (number: number, ...maps: HostMap[]): EpochMaps => ({
  epoch: number,
  maps: new Map(maps.map((map, at) => [`${at}`, map])),
});

describe('centerOfMass', () => {
  it('is the middle of the sum, in shares of the sides', () => {
    expect(centerOfMass(Float32Array.of(0, 0, 0, 1, 0, 0), 3)).to.deep.equal({ x: 0.5 / 3, y: 0.75 });
    expect(centerOfMass(Float32Array.of(1, 1, 1, 1), 2)).to.deep.equal({ x: 0.5, y: 0.5 });
    expect(centerOfMass(new Float32Array(4), 2)).to.equal(null);
  });

  it('refuses values below 0', () => {
    expect(() => centerOfMass(Float32Array.of(1, -1), 2)).to.throw('map');
  });
});

describe('mapDistance', () => {
  it('is 0 for the same map, whatever its scale', () => {
    const map = blob(5, 6);
    const scaled = { ...map, values: map.values.map((value) => 3 * value) };
    const distance = mapDistance(map, scaled)!;
    for (const value of Object.values(distance)) expect(value).to.be.closeTo(0, 1e-5);
  });

  it('says how far a map moved', () => {
    const distance = mapDistance(blob(6, 7), blob(8, 7))!;
    expect(distance.shift).to.be.closeTo(2 / SIDE, 0.01);
    expect(distance.spearman).to.be.within(0.01, 0.5);
  });

  it('is that of unrelated maps for a shuffled one', () => {
    expect(mapDistance(blob(6, 7), shuffled(blob(6, 7), 1))!.spearman).to.be.closeTo(1, 0.15);
  });

  it('is not defined for a map of zeros', () => {
    expect(mapDistance(blob(6, 7), zero)).to.equal(null);
  });

  it('refuses maps of other sides, also with as many values, and what is not finite', () => {
    const of = (width: number, height: number) => ({
      values: Float32Array.from({ length: width * height }, (_, at) => at),
      width,
      height,
    });
    expect(() => mapDistance(of(4, 2), of(2, 4))).to.throw('maps: expected one size (2 × 4), found 4 × 2');
    expect(() => mapDistance(of(4, 2), of(4, 4))).to.throw('maps: expected one size');
    const hole = { ...of(2, 2), values: Float32Array.of(0, 1, NaN, 3) };
    expect(() => mapDistance(of(2, 2), hole)).to.throw('map: expected finite values');
    expect(() => rankChange({ epoch: 0, maps: [of(4, 2)], inViews: [] }, { epoch: 1, maps: [of(2, 4)], inViews: [] })).to.throw('maps: expected one size'); // prettier-ignore
  });

  it('takes maps smaller than the window of SSIM', () => {
    const small = { values: Float32Array.of(0, 1, 2, 3), width: 2, height: 2 };
    expect(mapDistance(small, small)!.ssim).to.be.closeTo(0, 1e-6);
  });
});

describe('changeOverFloor', () => {
  const image = { pixels: new Uint8Array(SIDE * SIDE * 3), width: SIDE, height: SIDE };
  const images = new Map([
    ['0', image],
    ['1', image],
  ]);
  /** A network whose maps move by a pixel when the image is seen otherwise. */
  let asked = 0;
  const look = () =>
    Promise.resolve([blob(7.5 + Math.min(1, asked), 7.5), blob(7.5 + Math.min(1, asked++), 7.5)]);
  const classOf = (name: string) => (name === '0' ? 'cat' : 'dog');

  it('is 1 where maps move as much as in a flip or a crop, 0 where they stay', async () => {
    asked = 0;
    const floor = await floorMaps(images, look);
    const { steps, floor: own } = changeOverFloor(
      [
        epoch(1, blob(7.5, 7.5), blob(7.5, 7.5)),
        epoch(2, blob(7.5, 7.5), blob(7.5, 7.5)),
        epoch(3, blob(8.5, 7.5), blob(8.5, 7.5)),
      ],
      floor,
      classOf,
    );
    expect(own.images).to.equal(6);
    expect(steps[0]!.overFloor.spearman).to.be.closeTo(0, 1e-6);
    expect(steps[1]!.overFloor.spearman).to.be.within(0.6, 1.7);
    expect(steps[1]!.overFloor.shift).to.be.within(0.6, 1.7);
  });

  it('is far above 1 for shuffled maps, class by class', async () => {
    asked = 0;
    const floor = await floorMaps(images, look);
    const { classes } = changeOverFloor(
      [epoch(1, blob(7.5, 7.5), blob(7.5, 7.5)), epoch(2, shuffled(blob(7.5, 7.5), 1), blob(7.5, 7.5))],
      floor,
      classOf,
    );
    expect(classes['cat']!.steps[0]!.overFloor.spearman).to.be.above(5);
    expect(classes['dog']!.steps[0]!.overFloor.spearman).to.be.closeTo(0, 1e-6);
  });

  it('comes nearer to the last maps step by step in a random walk', async () => {
    asked = 0;
    const next = random(4);
    let values = blob(7.5, 7.5).values;
    const walk = Array.from({ length: 12 }, (_, at) => {
      values = values.map((value) => value + 0.1 * (next() - 0.5));
      return epoch(at, { values, width: SIDE, height: SIDE });
    });
    const { toLast, steps } = changeOverFloor(walk, await floorMaps(images, look), classOf);
    const to = toLast.map(({ distance }) => distance!.spearman);
    expect(to[0])
      .to.be.above(to[5]!)
      .and.above(to.at(-1)! * 2);
    const each = steps.map(({ distance }) => distance!.spearman);
    expect(Math.max(...each) / Math.min(...each)).to.be.below(3);
  });

  it('counts maps of zeros, and leaves them out of the means', async () => {
    asked = 0;
    const { steps } = changeOverFloor(
      [epoch(1, blob(7.5, 7.5), blob(4, 4)), epoch(2, blob(7.5, 7.5), zero)],
      await floorMaps(images, look),
      classOf,
    );
    expect(steps[0]).to.include({ images: 1, zero: 1 });
    expect(steps[0]!.distance!.spearman).to.be.closeTo(0, 1e-6);
  });

  it('has no floor where maps follow the image wholly', async () => {
    const pixels = Uint8Array.from(
      { length: SIDE * SIDE * 3 },
      (_, at) => 255 * blob(5, 9).values[Math.floor(at / 3)]!,
    );
    const brightness = (some: readonly Uint8Array[]) =>
      Promise.resolve(
        some.map((one) => ({
          values: Float32Array.from({ length: SIDE * SIDE }, (_, at) => one[3 * at]!),
          width: SIDE,
          height: SIDE,
        })),
      );
    const floor = await floorMaps(new Map([['0', { pixels, width: SIDE, height: SIDE }]]), brightness);
    const { floor: own } = changeOverFloor([epoch(1, blob(5, 9))], floor, classOf);
    expect(own.distance!.shift).to.be.below(0.005);
    expect(own.distance!.spearman).to.be.below(0.02);
  });
});
