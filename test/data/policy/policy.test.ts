import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { operations, type OperationName } from '../../../src/data/policy/operations.js';
import { applied, checkPolicy, distorted, type Policy } from '../../../src/data/policy/policy.js';
import { random } from '../../../src/random.js';

const [width, height] = [40, 30];
/** The image of fixtures/make.py. */
const image = {
  width,
  height,
  pixels: Uint8Array.from({ length: 3 * width * height }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    const colors = [20 + 4 * x + 2 * y, 230 - 5 * x + ((x * y * 37) % 41), 60 + 3 * y + ((x * x * 29 + y * 71) % 97)];
    return colors[at % 3]!;
  }),
};

describe('operations of policies', () => {
  it('make the pixels that torchvision makes of a PIL image, bit by bit', async () => {
    const file = await readFile('test/data/policy/fixtures/torchvision.json', 'utf8');
    const { cases } = JSON.parse(file) as { cases: [Policy['name'], string, number, number, number][] };
    const wrong = cases.filter(([policy, operation, magnitude, sign, crc]) => {
      const name = (operation[0]!.toLowerCase() + operation.slice(1)) as OperationName;
      return crc32(applied(policy, name, magnitude, sign < 0, image)) !== crc;
    });
    expect(wrong).to.deep.equal([]);
    expect(new Set(cases.map(([, operation]) => operation.toLowerCase()))).to.deep.equal(
      new Set(Object.keys(operations).map((name) => name.toLowerCase())),
    );
  });

  it('leave images of one color, and images of one pixel', () => {
    const plain = { pixels: new Uint8Array(27).fill(77), width: 3, height: 3 };
    for (const name of ['equalize', 'autoContrast', 'sharpness', 'color'] as const)
      expect(operations[name](plain, 0.9), name).to.deep.equal(plain.pixels);
    const one = { pixels: Uint8Array.of(1, 2, 3), width: 1, height: 1 };
    for (const [name, operation] of Object.entries(operations)) expect(operation(one, 1), name).to.have.length(3);
  });
});

describe('distorted', () => {
  const policy = { name: 'rand-augment', ops: 2, magnitude: 15 } as const;

  it('follows from the seed, and leaves the image itself as it was', () => {
    const before = image.pixels.slice();
    expect(distorted(policy, image, random(3))).to.deep.equal(distorted(policy, image, random(3)));
    const found = new Set(Array.from({ length: 40 }, (_, seed) => crc32(distorted(policy, image, random(seed)))));
    expect(found.size).to.be.above(30);
    expect(image.pixels).to.deep.equal(before);
  });

  it('draws every operation about as often, and magnitudes where the policy draws them', () => {
    const seen = (drawn: Policy) =>
      new Set(Array.from({ length: 600 }, (_, seed) => crc32(distorted(drawn, image, random(seed)))));
    // 9 operations with two signs, posterize, solarize, autocontrast, equalize, and the image as it is.
    expect(seen({ ...policy, ops: 1 }).size).to.equal(9 * 2 + 5);
    expect(seen({ name: 'trivial-augment' }).size).to.be.above(150);
  });
});

describe('checkPolicy', () => {
  it('names what cannot work', () => {
    const refusal = (policy: object) => expect(() => checkPolicy(policy as Policy));
    refusal({ name: 'auto' }).to.throw('policy.name: expected one of rand-augment, trivial-augment, found "auto"');
    refusal({ name: 'rand-augment', ops: 0, magnitude: 9 }).to.throw('policy.ops: expected a whole number above 0');
    refusal({ name: 'rand-augment', ops: 1, magnitude: 31 }).to.throw('policy.magnitude: expected a whole number from 0 to 30'); // prettier-ignore
  });
});
