import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Failure } from '../../../src/errors.js';
import { cpuBackend } from '../../backend.js';
import { architectureOf, recognize } from '../../../src/models/networks/index.js';
import { torchParameters, type StoredTensor } from '../../../src/models/weights/index.js';
import { failure } from '../support.js';

interface Table {
  source: string;
  /** Our name of the network. */
  variant: string;
  /** Names and shapes as the source has them. */
  tensors: Record<string, number[]>;
}

const packed = readFileSync(new URL('fixtures/names.json.gz', import.meta.url));
const tables = JSON.parse(gunzipSync(packed).toString()) as Table[];

function file(tensors: Table['tensors']) {
  const none = () => new Float32Array(0);
  return {
    tensors: new Map<string, StoredTensor>(
      Object.entries(tensors).map(([name, shape]) => [name, { shape, read: none }]),
    ),
  };
}

const size = (shape: readonly number[]) => shape.reduce((product, each) => product * each, 1);

describe('recognize', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  for (const { source, variant, tensors } of tables) {
    it(`knows the names and shapes of ${source}'s ${variant}, all of them`, () => {
      const found = recognize(file(tensors), 'file');
      expect([found.source.name, found.classes]).to.deep.equal([
        source === 'timm' ? found.source.name : source,
        1000,
      ]);
      const { architecture, config } = architectureOf(variant);
      expect(found.architecture.name).to.equal(architecture.name);
      expect(found.config).to.deep.include(config);
      const model = found.architecture.build(found.config, { classes: 1000, initial: 'zeros' });
      const ours = torchParameters(model, found.source.names).flatMap(({ names, shape }) =>
        names.map((name) => [name, size(shape) / names.length] as const),
      );
      const theirs = Object.entries(tensors).map(([name, shape]) => [name, size(shape)] as const);
      expect(Object.fromEntries(ours)).to.deep.equal(Object.fromEntries(theirs));
    });
  }

  // One of each family.
  for (const variant of [
    'resnet18',
    'vgg11_bn',
    'mobilenet_v3_small',
    'convnext_tiny',
    'vit_tiny_patch16_224',
  ])
    it(`knows ${variant} although it lacks a tensor, and names one that cannot be missing`, () => {
      const { tensors } = tables.find((table) => table.variant === variant)!;
      // What size a kernel has that is missing cannot be known, and need not.
      const sizes = (given: Table['tensors']): string => {
        const { architecture, source, config } = recognize(file(given), 'file');
        return `${architecture.name} ${source.name} ${JSON.stringify(config).replaceAll(/"kernel":\d/g, '')}`;
      };
      const whole = sizes(tensors);
      const unknown = Object.keys(tensors).filter((name) => {
        const { [name]: left, ...rest } = tensors;
        expect(left).to.be.an('array');
        try {
          expect(sizes(rest), name).to.equal(whole);
          return false;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          expect(error.message).to.match(
            /nearest is .*(the file has not|a tensor that tells its sizes is missing)/,
          );
          return true;
        }
      });
      expect(unknown).to.have.length.at.most(3);
    });

  it('says what is nearest and what differs where it knows no such network, in a few words', async () => {
    const { tensors } = tables.find(({ variant }) => variant === 'resnet50')!;
    const other = Object.fromEntries(
      Object.entries(tensors).map(([name, shape]) => [name.replace('conv1.', 'conv1.0.'), shape]),
    );
    const message = await failure(() => recognize(file(other), 'net.pth'));
    expect(message).to.match(/^net\.pth: the network of these weights is not known \(conv1\.0\.weight, /);
    expect(message).to.contain('nearest is the ResNet of torchvision: it has conv1.weight');
    expect(message).to.contain('the file has conv1.0.weight');
    expect(message.length).to.be.below(400);
  });

  it('lists what it builds where nothing is near', async () => {
    expect(await failure(() => recognize(file({ 'a.b': [1], c: [2] }), 'net.pth'))).to.match(
      /\(a\.b, c\); camtune builds .*ResNet, VGG/,
    );
    expect(await failure(() => recognize(file({}), 'net.pth'))).to.equal(
      'net.pth: holds no weights (tensors of floating-point numbers)',
    );
  });

  it('names the nearest network for a name that is none', () => {
    expect(() => architectureOf('resnet-51')).to.throw(
      'architecture: expected the name of a network that camtune builds, found "resnet-51"; did you mean resnet',
    );
  });
});
