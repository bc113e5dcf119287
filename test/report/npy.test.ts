import { expect } from 'chai';
import { decodeNpy, encodeNpy } from '../../src/report/index.js';

describe('npy', () => {
  it('writes the header that NumPy documents, the data at a multiple of 64 bytes', () => {
    const bytes = encodeNpy(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    expect([...bytes.subarray(0, 8)]).to.deep.equal([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
    expect(bytes[8]! + bytes[9]! * 256).to.equal(128 - 10);
    const header = Buffer.from(bytes.subarray(10, 128)).toString('latin1');
    expect(header.trimEnd()).to.equal("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
    expect(header.endsWith('\n')).to.equal(true);
    expect([...bytes.subarray(128, 132)]).to.deep.equal([0, 0, 0x80, 0x3f]); // 1.0, little-endian
    expect(bytes.length).to.equal(128 + 6 * 4);
  });

  for (const data of [
    Float32Array.of(1.5, -2, 1e-30),
    Int32Array.of(-1, 0, 2 ** 31 - 1),
    Uint8Array.of(0, 7, 255),
  ]) {
    it(`reads back what it wrote: ${data.constructor.name}`, () => {
      const found = decodeNpy(Buffer.from(encodeNpy(data, [3])));
      expect(found.shape).to.deep.equal([3]);
      expect(found.data.constructor).to.equal(data.constructor);
      expect([...found.data]).to.deep.equal([...data]);
    });
  }

  it('keeps a scalar and an empty array', () => {
    expect(decodeNpy(encodeNpy(Float32Array.of(7), []))).to.deep.equal({
      data: Float32Array.of(7),
      shape: [],
    });
    expect(decodeNpy(encodeNpy(Uint8Array.of(), [0, 4]))).to.deep.equal({
      data: Uint8Array.of(),
      shape: [0, 4],
    });
  });

  it('refuses a shape of another size, and names a file that is none, cut short or of another type', () => {
    const bytes = encodeNpy(Float32Array.of(1, 2), [2]);
    expect(() => encodeNpy(Float32Array.of(1, 2), [3])).to.throw('shape: expected a product of 2');
    expect(() => decodeNpy(Uint8Array.of(1, 2, 3), 'a.npy')).to.throw('a.npy: expected a NumPy file');
    expect(() => decodeNpy(bytes.subarray(0, bytes.length - 1), 'a.npy')).to.throw('8 bytes of data');
    expect(() => decodeNpy(retyped(bytes, '<f2'), 'a.npy')).to.throw('<f2');
    for (const shape of ['(-1,-2)', '(0.5,4)', '(x,)']) {
      const odd = Buffer.from(
        Buffer.from(bytes)
          .toString('latin1')
          .replace(/\(2,\) {0,5}/, shape),
        'latin1',
      );
      expect(() => decodeNpy(odd, 'a.npy')).to.throw('a.npy: expected a shape of integers of 0 or more');
    }
  });

  it("reads float64, NumPy's default, as float32", () => {
    const values = Float64Array.of(0.1, -1e-3);
    const bytes = retyped(encodeNpy(new Float32Array(4), [4]), '<f8');
    bytes.set(new Uint8Array(values.buffer), bytes.length - 16);
    const shaped = Buffer.from(bytes.toString('latin1').replace('(4,)', '(2,)'), 'latin1');
    expect(decodeNpy(shaped)).to.deep.equal({ data: Float32Array.from(values), shape: [2] });
    expect(() => decodeNpy(shaped.subarray(0, shaped.length - 1), 'a.npy')).to.throw('16 bytes of data');
  });

  const retyped = (bytes: Uint8Array, type: string): Buffer =>
    Buffer.from(Buffer.from(bytes).toString('latin1').replace('<f4', type), 'latin1');
});
