import { expect } from 'chai';
import { decodeFloat16, encodeFloat16 } from '../../../src/models/weights/index.js';
import { decodeBfloat16 } from '../../../src/models/weights/float16.js';

describe('float16', () => {
  const pairs: [number, number][] = [
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x03ff, 1023 * 2 ** -24], // the largest subnormal
    [0x0001, 2 ** -24],
    [0x8001, -(2 ** -24)],
  ];

  it('decodes normal and subnormal numbers', () => {
    const halves = Uint16Array.from(pairs, ([bits]) => bits);
    expect([...decodeFloat16(halves)]).to.deep.equal(pairs.map(([, value]) => value));
    expect([...decodeFloat16(Uint16Array.of(0x7c00, 0xfc00, 0x7e00))]).to.deep.equal([
      Infinity,
      -Infinity,
      NaN,
    ]);
  });

  it('encodes what it decodes, for every number there is', () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    expect(encodeFloat16(decodeFloat16(halves))).to.deep.equal(halves);
  });

  it('rounds to the nearest, ties to even, and carries into the exponent', () => {
    const values = Float32Array.of(
      1 + 1 / 2048,
      1 + 3 / 2048,
      1 + 1.1 / 2048,
      2 - 1 / 4096,
      65519,
      65520,
      2 ** -25,
    );
    expect([...encodeFloat16(values)]).to.deep.equal([0x3c00, 0x3c02, 0x3c01, 0x4000, 0x7bff, 0x7c00, 0]);
  });

  it('widens bfloat16', () => {
    expect([...decodeBfloat16(Uint16Array.of(0x3f80, 0xc040, 0x0001))]).to.deep.equal([1, -3, 2 ** -133]);
  });
});
