import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { jpegDecoder, type JpegPlan } from '../../src/data/jpeg/index.js';
import { jpegDecoderPath, turboJpegPath } from '../../src/data/jpeg/index.js';
import { inFolder } from './folder.js';

const photograph = 'data/clothing/train/shoes/004.jpg'; // 256 × 192
const side = 64;
const region = { left: 0, top: 0, width: 256, height: 192 };
const window = { left: 0, top: 0, width: side, height: side };
const plan: JpegPlan = { region, resized: window, window, flipped: false, interpolation: 'bilinear', reduction: 1 };

/** Decodes the photograph a number of times at once, and gives the sum of all pixels. */
async function sumOf(times: number): Promise<number> {
  const all = Array.from({ length: times }, async () => {
    const known = await jpegDecoder()!.probe(photograph);
    const pixels = new Uint8Array(side * side * 3);
    expect(await jpegDecoder()!.decode(photograph, known!, plan, pixels)).to.equal(true);
    return pixels.reduce((sum, value) => sum + value, 0);
  });
  return (await Promise.all(all)).reduce((sum, one) => sum + one, 0);
}

describe('the threads of the JPEG decoder', () => {
  before(function () {
    if (jpegDecoder()) return;
    console.log('    skipped: `camtune setup` has not built the JPEG decoder here');
    this.skip();
  });

  it('serve two workers and the main thread at once; one worker ends, the others go on', async () => {
    const expected = await sumOf(1);
    const numbers = [0, 0, 256, 192, side, side, 0, 0, side, side, 0, 0, 1]; // the plan, as the addon takes it
    // Says so when it has begun, then decodes until it is told to stop; answers with how many images were right.
    const source = `
      const { parentPort } = require('node:worker_threads');
      const [library, addon, path, numbers, expected] =
        ${JSON.stringify([turboJpegPath(), jpegDecoderPath(), photograph, numbers, expected])};
      const holder = { exports: {} };
      process.dlopen(holder, addon);
      const decoder = holder.exports;
      decoder.start(library, 2);
      const isRight = async () => {
        const pixels = new Uint8Array(${side * side * 3});
        await decoder.decode(path, await decoder.probe(path), numbers, pixels);
        return pixels.reduce((sum, value) => sum + value, 0) === expected;
      };
      let asked = false;
      parentPort.once('message', () => (asked = true));
      (async () => {
        let [right, wrong] = [0, 0];
        while (!asked) {
          for (const one of await Promise.all(Array.from({ length: 8 }, isRight))) one ? right++ : wrong++;
          if (right + wrong === 8) parentPort.postMessage('begun');
          await new Promise((resolve) => setImmediate(resolve));
        }
        parentPort.postMessage({ right, wrong });
      })();`;
    const start = async (): Promise<Worker> => {
      const worker = new Worker(source, { eval: true, execArgv: [] });
      expect(await messageOf(worker)).to.equal('begun');
      return worker;
    };
    const [first, second] = await Promise.all([start(), start()]);
    expect(await sumOf(100)).to.equal(100 * expected);
    await first.terminate(); // in the midst of its work
    expect(await sumOf(100)).to.equal(100 * expected);
    const answer = messageOf(second);
    second.postMessage('stop');
    const { right, wrong } = (await answer) as { right: number; wrong: number };
    expect(right).to.be.above(0);
    expect(wrong).to.equal(0);
    await second.terminate();
    expect(await sumOf(10)).to.equal(10 * expected);
  });

  it('do without each other: where none can be started the calling thread decodes', async function () {
    const hasLimit = process.geteuid?.() === 0 && spawnSync('prlimit', ['--version']).status === 0;
    if (!hasLimit) {
      console.log('      skipped: only root, with prlimit, can take threads away from a process');
      return this.skip();
    }
    const dir = await mkdtemp(join(tmpdir(), 'camtune-jpeg-'));
    const [library, image] = [join(dir, 'library.so'), join(dir, 'x.jpg')];
    await copyFile(turboJpegPath(), library);
    await copyFile(photograph, image);
    const known = await jpegDecoder()!.probe(photograph);
    // A user who may have one process: no further thread. Root may have any number, so it has to be another user.
    const script = `
      const { spawnSync } = require('node:child_process');
      const { readdirSync } = require('node:fs');
      const holder = { exports: {} };
      process.dlopen(holder, ${JSON.stringify(jpegDecoderPath())});
      spawnSync('prlimit', ['--nproc=1:1', '--pid', String(process.pid)]);
      process.setuid(65534);
      const threads = () => readdirSync('/proc/self/task').length;
      const before = threads();
      holder.exports.start(${JSON.stringify(library)}, 4);
      holder.exports.probe(${JSON.stringify(image)}).then((known) =>
        console.log(JSON.stringify({ known, started: threads() - before })));`;
    await writeFile(join(dir, 'script.cjs'), script);
    spawnSync('chmod', ['-R', 'a+rX', dir]);
    const { stdout, stderr } = spawnSync(process.execPath, [join(dir, 'script.cjs')], { encoding: 'utf8' });
    await rm(dir, { recursive: true });
    expect(JSON.parse(stdout || JSON.stringify(stderr))).to.deep.equal({ known, started: 0 });
  });

  it('give memory back after a huge file', async () => {
    const size = 80e6;
    await inFolder({ 'x.jpg': await readFile(photograph) }, async (dir) => {
      const path = join(dir, 'x.jpg');
      const resident = (): number => process.memoryUsage().rss;
      await sumOf(20);
      const before = resident();
      await truncate(path, size); // what follows a JPEG's end does no harm
      const probes = await Promise.all(Array.from({ length: 4 }, () => jpegDecoder()!.probe(path)));
      for (const known of probes) expect(known).to.deep.equal([256, 192, 1]);
      expect(resident() - before).to.be.below(size / 2);
    });
  });
});

function messageOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
}
