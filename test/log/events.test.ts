import { expect } from 'chai';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32c, maskedCrc32c } from '../../src/log/crc32c.js';
import { decodeEvent, encodeEvent } from '../../src/log/event-message.js';
import { decodeSession } from '../../src/log/hyperparameters-message.js';
import { eventWriter } from '../../src/log/index.js';
import { frameRecord, readRecords } from '../../src/log/records.js';

describe('crc32c', () => {
  it('gives the vectors of RFC 3720, B.4', () => {
    expect(crc32c(new Uint8Array(32))).to.equal(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).to.equal(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, at) => at))).to.equal(0x46dd794e);
    expect(crc32c(Buffer.from('123456789'))).to.equal(0xe3069283);
  });

  it('is masked by a turn of 15 bits and a constant', () => {
    // 0xe3069283 turned right by 15 bits is 0x2507c60d; + 0xa282ead8
    expect(maskedCrc32c(Buffer.from('123456789'))).to.equal(0xc78ab0e5);
  });
});

describe('TFRecord framing', () => {
  const one = frameRecord(Buffer.from('123456789'));

  it('is length, checksum, data, checksum', () => {
    const view = new DataView(one.buffer);
    expect(one.length).to.equal(8 + 4 + 9 + 4);
    expect(view.getBigUint64(0, true)).to.equal(9n);
    expect(view.getUint32(8, true)).to.equal(maskedCrc32c(Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0)));
    expect(Buffer.from(one.subarray(12, 21)).toString()).to.equal('123456789');
    expect(view.getUint32(21, true)).to.equal(0xc78ab0e5);
  });

  it('reads back all but a half-written last record, and finds damage', () => {
    const two = Buffer.concat([one, frameRecord(new Uint8Array()), one.subarray(0, 20)]);
    expect(readRecords(two).map((data) => data.length)).to.deep.equal([9, 0]);
    const damaged = Uint8Array.from(one);
    damaged[15]! ^= 1;
    expect(() => readRecords(damaged, 'a file')).to.throw('a file: the record at byte 0 is damaged');
  });
});

describe('event messages', () => {
  it('have the field numbers of event.proto', () => {
    // 1: wall_time, fixed64, 1.0; 2: step, varint 300; 5: summary, length-delimited
    const bytes = encodeEvent({
      wall_time: 1,
      step: 300,
      summary: { value: [{ tag: 'a', simple_value: 1 }] },
    });
    const expected = '09000000000000f03f' + '10ac02' + '2a0a' + '0a08' + '0a0161' + '150000803f';
    expect(Buffer.from(bytes).toString('hex')).to.equal(expected);
    const version = encodeEvent({ wall_time: 1, file_version: 'x' });
    expect(Buffer.from(version).toString('hex')).to.equal('09000000000000f03f' + '1a0178');
  });
});

describe('eventWriter', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'camtune-events-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const files = () => readdirSync(folder).sort();
  const events = (file: string) => readRecords(readFileSync(join(folder, file))).map(decodeEvent);

  it('writes version, scalars and images', () => {
    const writer = eventWriter(folder);
    writer.scalars(7, { 'train/loss': 0.5, 'train/bad': NaN });
    writer.scalars(8, { only: Infinity });
    writer.image(7, 'saliency', Uint8Array.of(1, 2, 3), 20, 10);
    writer.flush();
    writer.close();
    expect(files()).to.have.length(1);
    expect(files()[0]).to.match(/^events\.out\.tfevents\.\d{10}\..+\.\d+$/);
    const [version, scalars, image, ...rest] = events(files()[0]!);
    expect(rest).to.deep.equal([]);
    expect(version!.file_version).to.equal('brain.Event:2');
    expect(Math.abs(version!.wall_time - Date.now() / 1000)).to.be.below(60);
    expect(scalars!.step).to.equal(7);
    expect(scalars!.summary!.value).to.deep.equal([
      { tag: 'train/loss', metadata: { plugin_data: { plugin_name: 'scalars' } }, simple_value: 0.5 },
    ]);
    const { encoded_image_string: png, ...size } = image!.summary!.value[0]!.image!;
    expect([...png]).to.deep.equal([1, 2, 3]);
    expect(size).to.deep.equal({ height: 10, width: 20, colorspace: 3 });
  });

  it('writes text as a scalar of strings, for the plugin that shows it', () => {
    const writer = eventWriter(folder);
    writer.text(3, 'recipe', '    seed: 1');
    writer.close();
    const { step, summary } = events(files()[0]!)[1]!;
    const { tag, metadata, tensor } = summary!.value[0]!;
    expect([step, tag, metadata]).to.deep.equal([
      3,
      'recipe',
      { plugin_data: { plugin_name: 'text' }, data_class: 2 },
    ]);
    expect(tensor!.dtype).to.equal(7);
    expect(Buffer.from(tensor!.string_val![0]!).toString()).to.equal('    seed: 1');
  });

  it('writes hyperparameters and the end of a run for the plugin that shows them', () => {
    const writer = eventWriter(folder);
    writer.hyperparameters({
      'optimizer.learningRate': 0.01,
      'optimizer.name': 'sgd',
      'stage.enabled': false,
    });
    writer.finished();
    writer.close();
    const [, start, end] = events(files()[0]!).map(({ summary }) => summary?.value[0]);
    expect([start!.tag, end!.tag]).to.deep.equal([
      '_hparams_/session_start_info',
      '_hparams_/session_end_info',
    ]);
    expect(start!.metadata).to.deep.include({ data_class: 2 });
    const { plugin_name: name, content } = start!.metadata!.plugin_data;
    expect(name).to.equal('hparams');
    const { session_start_info: info } = decodeSession(content!) as {
      session_start_info: { hparams: object };
    };
    expect(info.hparams).to.deep.equal({
      'optimizer.learningRate': { number_value: 0.01 },
      'optimizer.name': { string_value: 'sgd' },
      'stage.enabled': { bool_value: false },
    });
    expect(decodeSession(end!.metadata!.plugin_data.content!)).to.have.nested.property(
      'session_end_info.status',
      'STATUS_SUCCESS',
    );
  });

  it('a resumed run opens a file that sorts behind, and says from which step on the earlier ones are void', () => {
    eventWriter(folder).close();
    eventWriter(folder, { resumedAt: 15 }).close();
    const [first, second] = files();
    expect(events(first!)).to.have.length(1);
    const start = events(second!)[1]!;
    expect(start.step).to.equal(16);
    expect(start.session_log).to.deep.equal({ status: 'START' });
  });
});
