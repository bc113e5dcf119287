import { expect } from 'chai';
import { readSafetensors } from '../../../src/models/weights/index.js';
import { failure } from '../support.js';

/** A file with this header and these bytes of data. */
function file(header: object | string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const entry = (dtype: string, shape: number[], from: number, to: number) => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

describe('safetensors', () => {
  it('reads float32, float16, bfloat16 and float64 at any offset, leaves counters out, gives the metadata', () => {
    const data = Buffer.concat([
      Buffer.from([0x00, 0x3c, 0x01, 0x00]), // float16 1, 2^-24
      Buffer.from([0x40, 0xc0]), // bfloat16 -3
      Buffer.from(Float32Array.of(0.5, -0.25).buffer),
      Buffer.from(Float64Array.of(7).buffer),
      Buffer.alloc(8),
    ]);
    const { tensors, metadata } = readSafetensors(
      file(
        {
          __metadata__: { classes: 'a,b' },
          half: entry('F16', [2], 0, 4),
          brain: entry('BF16', [1, 1], 4, 6),
          single: entry('F32', [2], 6, 14),
          double: entry('F64', [], 14, 22),
          counter: entry('I64', [], 22, 30),
        },
        data,
      ),
      'x',
    );
    expect(metadata).to.deep.equal({ classes: 'a,b' });
    expect([...tensors].map(([name, { shape, read }]) => [name, shape, [...read()]])).to.deep.equal([
      ['half', [2], [1, 2 ** -24]],
      ['brain', [1, 1], [-3]],
      ['single', [2], [0.5, -0.25]],
      ['double', [], [7]],
    ]);
  });

  const broken: [string, Uint8Array, string][] = [
    ['a file too short for its header', file({}).subarray(0, 5), 'it has 5 bytes'],
    [
      'a header longer than the file',
      Buffer.from([255, 255, 255, 255, 255, 255, 255, 127, 1]),
      'its header is said to have',
    ],
    ['a header that is not JSON', file('{'), 'its header is not JSON'],
    [
      'values outside the file',
      file({ a: entry('F32', [2], 0, 8) }, new Uint8Array(7)),
      "the values of 'a' lie outside it",
    ],
    [
      'offsets backwards',
      file({ a: entry('F32', [], 4, 0) }, new Uint8Array(4)),
      "the values of 'a' lie outside it",
    ],
    [
      'a shape that does not fit',
      file({ a: entry('F32', [3], 0, 8) }, new Uint8Array(8)),
      "'a' has 8 bytes for [3]",
    ],
    [
      'a malformed entry',
      file({ a: { dtype: 'F32', shape: [-1], data_offsets: [0, 0] } }),
      "its entry 'a' is malformed",
    ],
    ['an entry that is none', file('{"a": null}'), "its entry 'a' is malformed"],
    ['a size beyond all', file({ a: entry('F32', [1e9, 1e9], 0, 0) }), "its entry 'a' is malformed"],
    [
      'a type that is none',
      file({ a: { ...entry('F32', [0], 0, 0), dtype: 7 } }),
      "its entry 'a' is malformed",
    ],
    ['a type of JavaScript', file({ a: entry('constructor', [0], 0, 0) }), 'has the type "constructor"'],
    [
      'tensors that overlap',
      file({ a: entry('F32', [2], 0, 8), b: entry('F32', [1], 4, 8) }, new Uint8Array(8)),
      "the values of 'a' and 'b' overlap",
    ],
    ['metadata that is no text', file({ __metadata__: { classes: 5 } }), 'its metadata is not text'],
    ['an unknown type', file({ a: entry('F8_E4M3', [1], 0, 1) }, new Uint8Array(1)), 'F8_E4M3'],
  ];
  for (const [what, bytes, message] of broken) {
    it(`refuses ${what}`, async () => {
      expect(await failure(() => readSafetensors(bytes, 'weights.safetensors'))).to.contain(message);
    });
  }

  it('refuses a value that is not finite when it is read', async () => {
    const { tensors } = readSafetensors(file({ a: entry('F16', [1], 0, 2) }, Uint8Array.of(0, 0x7c)), 'x');
    expect(await failure(() => tensors.get('a')!.read())).to.equal(
      "x: 'a': holds a value that is not a finite number",
    );
  });
});
