import { expect } from 'chai';
import { Failure } from '../../src/errors.js';
import { reasonOf } from '../../src/data/reason.js';

describe('reasonOf', () => {
  const said = (message: string): string => reasonOf(new Error(message));

  it('quotes nothing that libvips says, which may be about an image of another thread', () => {
    // As two threads left it: the PNG's own line stands behind that of a JPEG.
    const mixed = 'VipsJpeg: premature end of JPEG image\npngload_buffer: libpng read error\nvips2png: unable to write';
    expect(said(mixed)).to.equal('cannot be decoded: it is damaged, or of a kind that is not read');
    expect(said(`Input buffer has corrupt header: ${mixed}`)).to.equal('cannot be decoded: its header is damaged');
  });

  it('reads what sharp itself says, at the beginning of its messages alone', () => {
    expect(said('Input buffer contains unsupported image format')).to.equal('is not an image');
    expect(said('Input image exceeds pixel limit')).to.match(/more than 268 million pixels$/);
    for (const other of ['contains unsupported image format', 'exceeds pixel limit', 'has corrupt header'])
      expect(said(`pngload: read error\nInput file ${other}`)).to.match(/it is damaged, or of a kind/);
  });

  it('keeps what is ours: sentences, and mistakes of the program', () => {
    expect(reasonOf(new Failure('is empty'))).to.equal('is empty');
    expect(reasonOf(new RangeError('offset is out of bounds'))).to.equal('cannot be decoded: offset is out of bounds');
  });
});
