import { expect } from 'chai';
import sharp from 'sharp';
import { countScans } from '../../src/data/jpeg-scans.js';
import { plain } from './folder.js';
import { progressiveJpeg } from './many-scans.js';

describe('countScans', () => {
  it('counts what the file has', async () => {
    for (const scans of [1, 2, 883, 2000]) expect(countScans(progressiveJpeg(64, 48, scans))).to.equal(scans);
    expect(countScans(await plain(40, 30, [9, 99, 199]).jpeg().toBuffer())).to.equal(1);
    const progressive = await plain(40, 30, [9, 99, 199]).jpeg({ progressive: true }).toBuffer();
    expect(countScans(progressive)).to.be.within(2, 20);
  });

  it('counts none of a thumbnail in EXIF, nor of a second image behind the first', async () => {
    const jpeg = await plain(40, 30, [9, 99, 199]).jpeg().toBuffer();
    const thumbnail = Buffer.concat([Buffer.from('Exif\0\0'), jpeg]);
    const block = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 0]), thumbnail]);
    block.writeUInt16BE(thumbnail.length + 2, 2);
    expect(countScans(Buffer.concat([jpeg.subarray(0, 2), block, jpeg.subarray(2)]))).to.equal(1);
    expect(countScans(Buffer.concat([jpeg, jpeg]))).to.equal(1);
  });

  it('ends with a file that is cut, or no JPEG at all', async () => {
    const jpeg = await sharp(progressiveJpeg(64, 48, 9)).jpeg().toBuffer();
    for (let length = 0; length < jpeg.length; length++) expect(countScans(jpeg.subarray(0, length))).to.be.below(2);
    expect(countScans(Buffer.alloc(100))).to.equal(0);
    expect(countScans(Buffer.alloc(100, 0xff))).to.equal(0);
  });
});
