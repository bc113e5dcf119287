import { expect } from 'chai';
import { cropOf, planCrop, type CropSpec } from '../../src/data/index.js';
import { checkCropSpec } from '../../src/data/crop-spec.js';
import { random } from '../../src/random.js';

/** Random numbers that are known beforehand. */
function sequence(...numbers: number[]): ReturnType<typeof random> {
  let at = 0;
  return Object.assign(() => numbers[at++]!, { state: () => at });
}
const none = sequence();

describe('planCrop', () => {
  it('center: resizes the shorter side, rounds the longer one down, and cuts the middle as torchvision does', () => {
    const plan = planCrop({ crop: 'center', resize: 256, size: 224 }, { width: 500, height: 375 }, none);
    expect(plan.resized).to.deep.equal({ width: 341, height: 256 }); // 341.33
    expect(plan.window).to.deep.equal({ left: 58, top: 16, width: 224, height: 224 }); // 58.5 rounds to even
    const tall = planCrop({ crop: 'center', resize: 256, size: 224 }, { width: 375, height: 503 }, none);
    expect(tall.resized).to.deep.equal({ width: 256, height: 343 });
    expect(tall.window.top).to.equal(60); // 59.5 rounds to even
  });

  it('center: has nothing to do for an image of the right size', () => {
    const square = { left: 0, top: 0, width: 224, height: 224 };
    const plan = planCrop({ crop: 'center', resize: 224, size: 224 }, { width: 224, height: 224 }, none);
    expect(plan).to.deep.equal({ region: square, resized: { width: 224, height: 224 }, window: square, flipped: false });
  });

  it('whole: squeezes all of the image', () => {
    const plan = planCrop({ crop: 'whole', size: 10 }, { width: 40, height: 20 }, none);
    expect(cropOf(plan)).to.deep.equal({ left: 0, top: 0, width: 40, height: 20, flipped: false });
  });

  it('resize-crop: a square anywhere, corners included, flipped when the last number says so', () => {
    const view: CropSpec = { crop: 'resize-crop', resize: 10, size: 8, flip: 0.5 };
    const image = { width: 20, height: 10 };
    const first = planCrop(view, image, sequence(0, 0, 0.49));
    expect(first.window).to.deep.equal({ left: 0, top: 0, width: 8, height: 8 });
    expect(first.flipped).to.equal(true);
    const last = planCrop(view, image, sequence(0.999, 0.999, 0.5));
    expect(last.window).to.deep.equal({ left: 12, top: 2, width: 8, height: 8 });
    expect(last.flipped).to.equal(false);
  });

  it('random-resized: area, then aspect, then place', () => {
    const view: CropSpec = { crop: 'random-resized', size: 5, scale: [0.25, 0.75], ratio: [0.5, 2] };
    // area 100·100·(0.25 + 0.5·0.5) = 5000; aspect exp(0) = 1; side 70.7; free 30
    const plan = planCrop(view, { width: 100, height: 100 }, sequence(0.5, 0.5, 0.5, 0, 0.9));
    expect(plan.region).to.deep.equal({ left: 0, top: 15, width: 71, height: 71 });
    expect(plan.resized).to.deep.equal({ width: 5, height: 5 });
    expect(plan.flipped).to.equal(false);
  });

  it('random-resized: the middle, as large as the ratio lets it be, when ten tries do not fit', () => {
    const view: CropSpec = { crop: 'random-resized', size: 5 };
    const wide = planCrop(view, { width: 100, height: 30 }, sequence(...Array<number>(20).fill(0.999), 0.9));
    expect(wide.region).to.deep.equal({ left: 30, top: 0, width: 40, height: 30 });
    const tall = planCrop(view, { width: 30, height: 100 }, sequence(...Array<number>(20).fill(0.999), 0.9));
    expect(tall.region).to.deep.equal({ left: 0, top: 30, width: 30, height: 40 });
    const dot = planCrop(view, { width: 1, height: 1 }, random(3));
    expect(dot.region).to.deep.equal({ left: 0, top: 0, width: 1, height: 1 });
  });

  it('random-resized: stays inside the image, within scale and ratio, and covers both ends of them', () => {
    const next = random(1);
    const shares: number[] = [];
    for (let draw = 0; draw < 2000; draw++) {
      const { left, top, width, height } = planCrop({ crop: 'random-resized', size: 5 }, { width: 400, height: 400 }, next).region;
      expect(Math.min(left, top)).to.be.at.least(0);
      expect(Math.max(left + width, top + height)).to.be.at.most(400);
      expect(width / height).to.be.within(0.73, 1.36);
      shares.push((width * height) / 160000);
    }
    expect(Math.min(...shares)).to.be.within(0.075, 0.1);
    expect(Math.max(...shares)).to.be.within(0.95, 1);
  });
});

describe('cropOf', () => {
  it('gives the part of the original image, in its own pixels', () => {
    const plan = planCrop({ crop: 'center', resize: 10, size: 8 }, { width: 40, height: 20 }, none);
    expect(cropOf(plan)).to.deep.equal({ left: 12, top: 2, width: 16, height: 16, flipped: false });
  });
});

describe('checkCropSpec', () => {
  const wrong: [unknown, string][] = [
    [{ crop: 'centre', size: 5 }, 'view.crop: expected one of center, whole, resize-crop, random-resized'],
    [{ crop: 'whole', size: 0.5 }, 'view.size: expected a whole number of pixels above 0, found 0.5'],
    [{ crop: 'center', size: 224, resize: 200 }, 'view.resize: expected a whole number of pixels, at least'],
    [{ crop: 'center', size: 224 }, 'view.resize'],
    [{ crop: 'resize-crop', size: 5, resize: 5, flip: 2 }, 'view.flip: expected a probability'],
    [{ crop: 'random-resized', size: 5, scale: [0, 1] }, 'view.scale'],
    [{ crop: 'random-resized', size: 5, ratio: [2, 1] }, 'view.ratio'],
    [{ crop: 'whole', size: 5, interpolation: 'area' }, 'view.interpolation'],
  ];
  for (const [view, message] of wrong)
    it(`refuses ${JSON.stringify(view)}`, () => {
      expect(() => checkCropSpec(view as CropSpec)).to.throw(message);
    });
});
