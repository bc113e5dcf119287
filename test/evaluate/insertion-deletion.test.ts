import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuBackend } from '../backend.js';
import { Failure, InvalidInput } from '../../src/errors.js';
import { insertionDeletion, type SaliencyMethod } from '../../src/evaluate/index.js';
import { areaUnderCurve } from '../../src/metrics/index.js';
import { errorOf } from '../data/folder.js';
import {
  brightness,
  constant,
  controlNames,
  noiseBatches,
  preprocessing,
  smallClassifier,
} from './support.js';

describe('insertionDeletion', () => {
  before(cpuBackend);
  const network = smallClassifier;
  const options = { preprocessing, methods: [brightness, constant], about: { data: 'noise' } };

  it('reports means, intervals and mean curves of the methods and the controls', async () => {
    const seen: number[] = [];
    const report = await insertionDeletion({
      ...options,
      classifier: network(),
      batches: noiseBatches(5, 2),
      onProgress: (images) => seen.push(images),
    });
    expect(seen).to.deep.equal([0, 2, 4, 5]);
    expect(report.images).to.equal(5);
    expect(Object.keys(report.methods)).to.deep.equal(['brightness', 'constant', ...controlNames]);
    for (const [name, { insertion, deletion, overall }] of Object.entries(report.methods)) {
      for (const figure of [insertion!, deletion!, overall!]) {
        expect(figure.low, name).to.be.at.most(figure.mean);
        expect(figure.high, name).to.be.at.least(figure.mean);
      }
      expect(overall!.mean).to.be.closeTo(insertion!.mean - deletion!.mean, 1e-9);
      const { insertion: inserted, deletion: deleted } = report.curves[name]!;
      expect(inserted).to.have.length(32 / 8 + 1); // eight rows a step
      expect(areaUnderCurve(inserted)).to.be.closeTo(insertion!.mean, 1e-9);
      // With one blur for both, one curve ends where the other begins.
      expect(inserted.at(-1)).to.be.closeTo(deleted[0]!, 1e-6);
      expect(inserted[0]).to.be.closeTo(deleted.at(-1)!, 1e-6);
    }
  });

  it('states the protocol', async () => {
    const { protocol } = await insertionDeletion({
      ...options,
      classifier: network(),
      batches: noiseBatches(1, 1),
      pixelsPerStep: 100,
      deletionFill: { kind: 'zeros' },
    });
    expect(protocol).to.deep.include({
      metric: 'insertion-deletion',
      target: 'predicted',
      pixelsPerStep: 100,
      insertionFill: { kind: 'blur', size: 51, sigma: 50 },
      deletionFill: { kind: 'zeros' },
      data: 'noise',
      preprocessing,
    });
  });

  it('gives each image the same whatever the batches', async () => {
    const run = (size: number) =>
      insertionDeletion({
        ...options,
        classifier: network(),
        batches: noiseBatches(5, size),
        chunk: size + 1,
      });
    const [one, five] = [await run(1), await run(5)];
    for (const [name, { overall }] of Object.entries(one.methods)) {
      expect(overall!.mean, name).to.be.closeTo(five.methods[name]!.overall!.mean, 1e-6);
    }
  });

  it('goes on where it was interrupted, and ends with the same report', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'camtune-evaluate-'));
    try {
      const classifier = network();
      const whole = await insertionDeletion({ ...options, classifier, batches: noiseBatches(6, 2) });
      let explained = 0;
      const counting: SaliencyMethod = {
        name: 'brightness',
        run: (images, target, files) => {
          explained += files.length;
          return brightness.run(images, target, files);
        },
      };
      const resumable = { ...options, methods: [counting, constant], classifier, folder };
      await insertionDeletion({ ...resumable, batches: noiseBatches(3, 2) });
      await appendFile(join(folder, 'images.jsonl'), '{"image":"3.png","meth'); // killed while it wrote
      explained = 0;
      const resumed = await insertionDeletion({ ...resumable, batches: noiseBatches(6, 2) });
      expect(explained).to.equal(3);
      expect(resumed.images).to.equal(6);
      for (const [name, { insertion }] of Object.entries(whole.methods)) {
        expect(resumed.methods[name]!.insertion!.mean).to.be.closeTo(insertion!.mean, 1e-6);
      }
      const lines = (await readFile(join(folder, 'images.jsonl'), 'utf8')).trimEnd().split('\n');
      expect(lines).to.have.length(7);
      lines.forEach((line) => expect(() => JSON.parse(line) as unknown).to.not.throw());

      const error = await errorOf(
        insertionDeletion({ ...resumable, batches: noiseBatches(6, 2), pixelsPerStep: 64 }),
      );
      expect(error).to.be.instanceOf(InvalidInput);
      expect(error.message).to.match(
        /images\.jsonl: its results were measured in another way \([^;]*: then [^;]*, now 64[^;]*\); name another folder/,
      );
      await writeFile(join(folder, 'images.jsonl'), 'nonsense\n');
      expect(
        await errorOf(insertionDeletion({ ...resumable, batches: noiseBatches(6, 2) })),
      ).to.be.instanceOf(Failure);
      for (const name of ['images.jsonl', 'images.0-of-2.jsonl']) {
        await rm(join(folder, name), { force: true });
        execFileSync('mkfifo', [join(folder, name)]);
        const { message } = await errorOf(insertionDeletion({ ...resumable, batches: noiseBatches(6, 2) }));
        expect(message).to.equal(`${join(folder, name)}: expected a regular file, found a pipe`);
        await rm(join(folder, name));
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('leaves no tensor behind', async () => {
    const classifier = network();
    const before = tf.memory().numTensors;
    for (const images of [2, 6]) {
      await insertionDeletion({ ...options, classifier, batches: noiseBatches(images, 2) });
      expect(tf.memory().numTensors).to.equal(before);
    }
  });

  it('refuses maps that are no maps, two methods of one name, and no images', async () => {
    const run = (methods: SaliencyMethod[], images = 1) =>
      errorOf(
        insertionDeletion({ ...options, methods, classifier: network(), batches: noiseBatches(images, 1) }),
      );
    const holed: SaliencyMethod = { name: 'holed', run: (images) => tf.fill([1, 32, 32], images.rank / 0) };
    expect((await run([holed])).message).to.equal('map of holed: expected finite values, found Infinity');
    const small: SaliencyMethod = { name: 'small', run: () => tf.zeros([1, 7, 7]) };
    expect((await run([small])).message).to.match(
      /map of small: expected the shape \[1, 32, 32\], found \[1,7,7\]/,
    );
    expect((await run([{ ...brightness, name: 'random' }])).message).to.include(
      'methods: expected another name',
    );
    expect((await run([brightness], 0)).message).to.equal('there was no image to evaluate');
  });
});
