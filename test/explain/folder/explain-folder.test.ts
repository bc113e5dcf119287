import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import sharp from 'sharp';
import { cpuBackend } from '../../backend.js';
import { explainFolder, type ExplainRequest } from '../../../src/explain/folder/explain-folder.js';
import { chosenMethods, drawing } from '../../../src/explain/folder/request.js';
import type { Outcome } from '../../../src/explain/folder/run.js';
import { decodeNpy, decodePicture } from '../../../src/report/index.js';
import { InvalidInput } from '../../../src/errors.js';
import {
  classifier,
  forSize,
  networkInput,
  resnet50,
  saveModel,
  torchvisionPreprocessing,
  type OpenedClassifier,
  type Preprocessing,
} from '../../../src/models/index.js';
import { failure } from '../../train/recipe/folder.js';
import { camtune } from '../../cli/camtune.js';

const classNames = ['cat', 'dog', 'a/b'];
const size = 64;
let folder: string;
let subject: OpenedClassifier;

/** What the tests of a describe need; hooks outside of one would be those of every file in the process. */
function withImages(): void {
  before(async () => {
    await cpuBackend();
    folder = mkdtempSync(join(tmpdir(), 'camtune-explain-'));
    const model = resnet50({ classes: 3, blocks: [1, 1, 1, 1], width: 4, seed: 1, inputSize: size });
    const preprocessing = forSize(torchvisionPreprocessing, size);
    subject = opened(model, preprocessing);
    await saveModel(model, join(folder, 'weights'), { preprocessing, classNames });
    await mkdir(join(folder, 'in/a'), { recursive: true });
    await mkdir(join(folder, 'in/b'), { recursive: true });
    const noise = (width: number, height: number) =>
      sharp({
        create: {
          width,
          height,
          channels: 3,
          background: '#555',
          noise: { type: 'gaussian', mean: 120, sigma: 60 },
        },
      });
    await noise(90, 40).png().toFile(join(folder, 'in/a/0.png'));
    // Upright it is 40 wide and 60 high.
    await noise(60, 40).withMetadata({ orientation: 6 }).jpeg().toFile(join(folder, 'in/b/0.jpg'));
    writeFileSync(join(folder, 'in/text.jpg'), 'no image');
  });

  after(() => {
    subject.dispose();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** As openClassifier() gives it, without its native runtime. */
function opened(model: LayersModel, preprocessing: Preprocessing): OpenedClassifier {
  const names = model.outputs[0]!.shape[1] === classNames.length ? { classNames } : {};
  const network = classifier(model, { preprocessing, ...names });
  return {
    ...network,
    ...networkInput(network, preprocessing),
    device: 'cpu',
    weights: { path: 'tiny', modified: 'then' },
    read: () => Promise.reject(new Error('not here')),
    dispose: () => model.dispose(),
  };
}

const paths = ['in/a/0.png', 'in/text.jpg', 'in/b/0.jpg'];

async function explained(
  out: string,
  wanted: { methods?: string } & Partial<Omit<ExplainRequest, 'methods'>> = {},
  network = subject,
): Promise<{ outcomes: Outcome[]; page: string | undefined; out: string }> {
  const { methods = 'lafam,grad-cam', ...rest } = wanted;
  const outcomes: Outcome[] = [];
  const request: ExplainRequest = {
    images: paths.map((path) => join(folder, path)),
    methods: chosenMethods(methods, []),
    top: 1,
    folder: join(folder, out),
    drawing: drawing({ format: 'png,npy', colormap: 'turbo', opacity: 0.5 }),
    skipExisting: false,
    ...rest,
  };
  const page = await explainFolder(network, request, (outcome) => outcomes.push(outcome));
  return { outcomes, page, out: request.folder };
}

describe('camtune explain', () => {
  withImages();
  it('writes an overlay of the image’s own size and a raw map of the network’s, for images of one name too', async () => {
    const { outcomes, out } = await explained('own');
    expect(outcomes.map((outcome) => 'record' in outcome)).to.deep.equal([true, false, true]);
    expect(outcomes[1]).to.deep.equal({ image: join(folder, 'in/text.jpg'), error: 'is not an image' });
    expect(readdirSync(out).sort()).to.deep.equal([
      'a-0.grad-cam.npy',
      'a-0.grad-cam.png',
      'a-0.lafam.npy',
      'a-0.lafam.png',
      'a-0.sheet.png',
      'b-0.grad-cam.npy',
      'b-0.grad-cam.png',
      'b-0.lafam.npy',
      'b-0.lafam.png',
      'b-0.sheet.png',
      'explain.jsonl',
      'index.html',
    ]);
    const sizeOf = async (name: string): Promise<number[]> => {
      const { width, height } = await decodePicture(join(out, name));
      return [width, height];
    };
    expect(await sizeOf('a-0.lafam.png')).to.deep.equal([90, 40]);
    expect(await sizeOf('b-0.lafam.png')).to.deep.equal([40, 60]);
    const { data, shape } = decodeNpy(readFileSync(join(out, 'a-0.lafam.npy')));
    expect(shape).to.deep.equal([size, size]);
    // LaFAM is a mean of what passed a ReLU: raw, not scaled to 1.
    expect(data.every((value) => value >= 0)).to.equal(true);
    expect(new Set(data).size).to.be.above(1);
  });

  it('takes a network that is not square and sees gray', async () => {
    const model = sequential({
      layers: [
        layers.conv2d({ inputShape: [16, 32, 1], filters: 3, kernelSize: 3, activation: 'relu' }),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 2 }),
      ],
    });
    const gray = opened(model, forSize(torchvisionPreprocessing, 32));
    const { outcomes, out } = await explained('gray', { images: [join(folder, paths[0]!)] }, gray);
    expect(decodeNpy(readFileSync(join(out, '0.lafam.npy'))).shape).to.deep.equal([16, 32]);
    // Of 90 × 40 pixels the middle 18 × 36 (shorter side to 37, 16 × 32 of that).
    const [outcome] = outcomes;
    if (!outcome || 'error' in outcome) throw new Error('not explained');
    const { part } = outcome.record;
    expect([part.width / part.height, part.left + part.width / 2]).to.satisfy(
      ([ratio, middle]: number[]) => Math.abs(ratio! - 2) < 0.05 && Math.abs(middle! - 45) < 1.5,
    );
    gray.dispose();
  });

  it('lays the map where the network looked, and leaves what is around it', async () => {
    const { out } = await explained('place', {
      methods: 'center-gaussian',
      images: [join(folder, paths[0]!)],
    });
    const image = await decodePicture(join(folder, paths[0]!));
    const overlay = await decodePicture(join(out, '0.center-gaussian.png'));
    const changed = (x: number): boolean =>
      [0, 1, 2].some((channel) => {
        const at = (20 * 90 + x) * 3 + channel;
        return image.pixels[at] !== overlay.pixels[at];
      });
    // Shorter side 40 to 37, middle 32: 34.6 of the image's pixels, from 27.6 to 62.2.
    const columns = Array.from({ length: 90 }, (_, x) => x).filter(changed);
    expect([columns[0], columns.at(-1)]).to.deep.equal([27, 62]);
    expect(existsSync(join(out, '0.sheet.png'))).to.equal(false);
  });

  it('explains the most likely classes, each in a file of its own; a method that knows no class once', async () => {
    const { outcomes, out } = await explained('top', { top: 3, images: [join(folder, paths[0]!)] });
    const outcome = outcomes[0]!;
    if (!('record' in outcome)) throw new Error('unreadable');
    const { classes, maps } = outcome.record;
    expect(classes.map(({ class: name }) => name).sort()).to.deep.equal(['a/b', 'cat', 'dog']);
    expect(classes.reduce((sum, { probability }) => sum + probability, 0)).to.be.closeTo(1, 1e-5);
    expect(maps.map(({ method, index }) => [method, index])).to.deep.equal([
      ['lafam', classes[0]!.index],
      ...classes.map(({ index }) => ['grad-cam', index]),
    ]);
    for (const file of ['0.lafam.png', '0.grad-cam.cat.png', '0.grad-cam.dog.npy', '0.grad-cam.a%2Fb.png']) {
      expect(existsSync(join(out, file)), file).to.equal(true);
    }
  });

  it('explains the class that is named', async () => {
    const image = [join(folder, paths[0]!)];
    const named = await explained('class', { class: 'dog', images: image, methods: 'grad-cam' });
    const top = await explained('class-top', { top: 3, images: image, methods: 'grad-cam' });
    const dog = readFileSync(join(named.out, '0.grad-cam.npy'));
    expect(dog.equals(readFileSync(join(top.out, '0.grad-cam.dog.npy')))).to.equal(true);
    expect(dog.equals(readFileSync(join(top.out, '0.grad-cam.cat.npy')))).to.equal(false);
    expect((await failure(explained('class', { class: 'dig', images: image }))).message).to.match(
      /near it: dog/,
    );
  });

  it('goes on: keeps what was made from the same, makes what is missing or was made from other things', async () => {
    await explained('again');
    const out = join(folder, 'again');
    const times = (): Record<string, number> =>
      Object.fromEntries(readdirSync(out).map((name) => [name, statSync(join(out, name)).mtimeMs]));
    const before = times();
    rmSync(join(out, 'b-0.lafam.npy'));
    const { outcomes } = await explained('again', { skipExisting: true });
    expect(outcomes.map((outcome) => 'record' in outcome && outcome.skipped)).to.deep.equal([
      true,
      false,
      false,
    ]);
    const after = times();
    const kept = Object.keys(before).filter((name) => before[name] === after[name]);
    expect(kept.filter((name) => /png|npy/.test(name))).to.deep.equal([
      'a-0.grad-cam.npy',
      'a-0.grad-cam.png',
      'a-0.lafam.npy',
      'a-0.lafam.png',
      'a-0.sheet.png',
      'b-0.grad-cam.npy',
      'b-0.grad-cam.png',
    ]);
    const wider = await explained('again', { skipExisting: true, methods: 'lafam,cam' });
    expect(times()['a-0.lafam.png']).to.equal(after['a-0.lafam.png']);
    expect(existsSync(join(out, 'a-0.cam.png'))).to.equal(true);
    const maps = wider.outcomes.flatMap((outcome) => ('record' in outcome ? outcome.record.maps : []));
    expect(maps.map(({ method }) => method)).to.deep.equal(['lafam', 'cam', 'lafam', 'cam']);
    const fewer = await explained('again', { skipExisting: true, methods: 'cam' });
    expect(
      fewer.outcomes.map((outcome) => 'record' in outcome && [outcome.skipped, outcome.record.maps.length]),
    ).to.deep.equal([[true, 1], false, [true, 1]]);
    expect(readFileSync(fewer.page!, 'utf8')).to.not.contain('"method":"lafam"');
    const other = await explained('again', { skipExisting: true, class: '1' });
    expect(other.outcomes.some((outcome) => 'record' in outcome && outcome.skipped)).to.equal(false);
  });

  it('makes a page that holds every image and map and loads nothing', async () => {
    const { page } = await explained('page', { top: 2 });
    const html = readFileSync(page!, 'utf8');
    expect(html).to.contain("default-src 'none'");
    expect(html).to.not.match(/(src|href)="?(https?:|\/\/)/);
    const records = [...html.matchAll(/<script type="application\/json" class="image">(.*?)<\/script>/g)].map(
      ([, text]) => JSON.parse(text!) as { image: string; part: number[]; maps: { picture: string }[] },
    );
    expect(records.map(({ image }) => image)).to.deep.equal(
      [paths[0], paths[2]].map((path) => join(folder, path!)),
    );
    for (const { part, maps } of records) {
      expect(maps).to.have.length(3);
      expect(maps.every(({ picture }) => picture.startsWith('data:image/webp;base64,'))).to.equal(true);
      expect(part.every((share) => share >= 0 && share <= 1)).to.equal(true);
    }
    expect(records[0]!.part[2]).to.be.closeTo(64 / 164, 1e-6);
  });

  it('refuses to write over an image', async () => {
    const images = ['x.png', 'x.lafam.png'].map((name) => join(folder, 'same', name));
    const error = await failure(explained('same', { images }));
    expect(error).to.be.instanceOf(InvalidInput);
    expect(error.message).to.match(/--out: expected a folder apart from the images.*x\.lafam\.png is one of/);
  });

  it('leaves no tensor behind', async () => {
    await explained('tensors', { top: 2 });
    const before = tf.memory().numTensors;
    await explained('tensors', { top: 2 });
    expect(tf.memory().numTensors).to.equal(before);
  });
});

describe('camtune explain on the command line', function () {
  withImages();
  it('lists the methods, as JSON too', async () => {
    const table = await camtune('explain', '--list');
    expect(table.status).to.equal(0);
    expect(table.stdout).to.match(/^method +queries/);
    const list = JSON.parse((await camtune('explain', '--list', '--json')).stdout) as { method: string }[];
    expect(list[0]!.method).to.equal('group-cam');
  });

  it('tells wrong use in one sentence with the nearest name, status 2', async () => {
    const image = join(folder, paths[0]!);
    const weights = ['--weights', join(folder, 'weights')];
    const wrong: [string[], RegExp][] = [
      [['--image', image], /--weights: expected/],
      [[...weights, '--image', image, '--method', 'grad-cm'], /near it: grad-cam/],
      [[...weights, '--image', image, '--set', 'grops=1'], /did you mean groups\?/],
      [[...weights, '--image', image, '--class', 'cat', '--top', '2'], /--top: expected no --class/],
      [[...weights, '--image', image, '--opacity', '2'], /--opacity: expected a number from 0 to 1/],
    ];
    for (const [args, message] of wrong) {
      const { status, stdout, stderr } = await camtune('explain', ...args);
      expect([status, stdout], args.join(' ')).to.deep.equal([2, '']);
      expect(stderr).to.match(message);
    }
  });

  it('prints one JSON document, names what it could not read, and ends with status 1', async function () {
    const out = join(folder, 'cli');
    const args = ['--weights', join(folder, 'weights'), '--image', join(folder, 'in'), '--method', 'lafam'];
    const { status, stdout, stderr } = await camtune(
      'explain',
      ...args,
      '--out',
      out,
      '--format',
      'npy',
      '--json',
    );
    if (/camtune (-- )?setup/.test(stderr)) {
      console.warn('      skipped: the native runtime is not installed (camtune setup)');
      return this.skip();
    }
    const found = JSON.parse(stdout) as { image: string; error?: string; maps?: object[] }[];
    expect(status).to.equal(1);
    expect(stderr).to.contain('text.jpg: is not an image');
    expect(found.map(({ error }) => error)).to.deep.equal([undefined, undefined, 'is not an image']);
    expect(found[0]!.maps).to.have.length(1);
    expect(found[0]!.maps![0]).to.include({ method: 'lafam' });
    expect(readdirSync(out).sort()).to.deep.equal(['a-0.lafam.npy', 'b-0.lafam.npy', 'explain.jsonl']);
  });
});
