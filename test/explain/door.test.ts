import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { layers, model, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { cpuBackend, fastestBackend } from '../backend.js';
import {
  compiledClassifier,
  explain,
  gradCam,
  guidedBackprop,
  lafam,
  methods,
  rise,
  scoreCam,
  type MethodOptions,
} from '../../src/explain/index.js';
import { InvalidInput } from '../../src/errors.js';
import { classifier, torchvisionPreprocessing } from '../../src/models/index.js';
import { compile } from '../../src/tensorflow/index.js';
import { fakeClassifier, values } from './fake-classifier.js';
import { imagesFor, networks } from './networks.js';

const network = networks['pooling and dense, not square']!;

/** What `run` warns of. */
function warnings(run: () => unknown): string[] {
  const { warn } = console;
  const said: string[] = [];
  console.warn = (line: string) => said.push(line);
  try {
    run();
  } finally {
    console.warn = warn;
  }
  return said;
}

function convolutions(
  activation: 'relu' | 'tanh',
  inputShape: [number, number, number] = [8, 8, 3],
): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({ inputShape, filters: 4, kernelSize: 3, activation }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 2 }),
    ],
  });
}

/** An image in 4 × 4 patches, each of them a token. */
function transformer(): LayersModel {
  const image = layers.input({ shape: [8, 8, 3] });
  let x = layers.conv2d({ filters: 6, kernelSize: 4, strides: 4, name: 'patches' }).apply(image);
  x = layers.reshape({ targetShape: [4, 6] }).apply(x);
  for (let block = 0; block < 4; block++) x = layers.dense({ units: 6, activation: 'tanh' }).apply(x);
  x = layers.dense({ units: 2 }).apply(layers.globalAveragePooling1d({}).apply(x));
  return model({ inputs: image, outputs: x as never });
}

describe('the door of the methods', () => {
  before(cpuBackend);

  it('takes a LayersModel as well as a classifier', () => {
    const seen = network();
    const images = imagesFor(seen, 2);
    for (const name of ['grad-cam', 'rise', 'gradient', 'lafam']) {
      const options: MethodOptions = name === 'rise' ? { masks: 4 } : {};
      const expected = values(methods[name]!.run(seen, images, options).map);
      expect(values(methods[name]!.run(seen.model, images, options).map), name).to.deep.equal(expected);
      expect(values(explain(name, seen.model, images, options).map), name).to.deep.equal(expected);
    }
    const parts = compiledClassifier(seen.model);
    expect(values(gradCam(parts, images).map)).to.deep.equal(values(gradCam(seen, images).map));
    parts.dispose();
  });

  it('refuses what is no network in one sentence', () => {
    const images = imagesFor(network(), 1);
    const graphModel = { executor: {}, executeAsync: () => undefined, inputs: [], outputs: [] };
    expect(() => gradCam(graphModel as never, images)).to.throw(
      InvalidInput,
      /^model: expected a tfjs LayersModel, found a GraphModel; its layers cannot be seen: convert/,
    );
    expect(() => gradCam(undefined as never, images)).to.throw(
      'grad-cam: expected a classifier or a tfjs LayersModel, found nothing',
    );
    expect(() => classifier(graphModel as never)).to.throw(InvalidInput, 'a GraphModel');
    expect(() => classifier(gradCam as never)).to.throw(InvalidInput, 'expected a tfjs LayersModel');
  });

  for (const [name, { run, classSpecific }] of Object.entries(methods)) {
    it(`refuses images and targets that are none: ${name}`, () => {
      const attends = methods[name]!.needs.includes('attention');
      const seen =
        networks[attends ? 'a vision transformer, not square' : 'pooling and dense, not square']!();
      const images = imagesFor(seen, 2);
      const [, ...size] = images.shape;
      const given = (wrong: unknown, options?: MethodOptions) => () =>
        run(seen, wrong as tf.Tensor4D, options);
      expect(given(tf.zeros([0, ...size]))).to.throw(
        InvalidInput,
        `with one image or more, found [0,${size.join()}]`,
      );
      expect(given(tf.cast(images, 'int32'))).to.throw(
        InvalidInput,
        'images: expected float32, preprocessed for the network, found "int32"; normalize()',
      );
      expect(given(tf.zeros(size))).to.throw(InvalidInput, 'images: expected a tensor [N, H, W, C], found');
      expect(given(undefined)).to.throw(InvalidInput, 'images: expected a tensor [N, H, W, C]');
      const broken = tf.concat([images, tf.fill<tf.Rank.R4>([1, ...size], NaN)]);
      expect(given(broken)).to.throw(
        InvalidInput,
        'images: expected finite numbers, found NaN or an infinity in image 2 of 3',
      );
      if (!classSpecific) return;
      expect(given(images, { target: null })).to.throw(
        InvalidInput,
        /^target: .*or 'predicted', found null$/,
      );
      expect(given(images, { target: 'dog' })).to.throw(InvalidInput, /^target: .*found "dog"$/);
      for (const wrong of [3, -1]) {
        expect(given(images, { target: tf.tensor1d([0, wrong], 'int32') })).to.throw(
          InvalidInput,
          `target: expected a class index from 0 to 2, found ${wrong}`,
        );
      }
    });
  }

  it('checks the options and fills in what is left out, from one place', () => {
    const seen = network();
    const images = imagesFor(seen, 1);
    expect(rise.method.defaults).to.deep.equal({ masks: 4000, gridSize: 7, keepProbability: 0.5, seed: 0 });
    expect(() => rise(seen, images, { masks: 1.5 })).to.throw(
      'masks: expected an integer, 1 or more, found 1.5',
    );
    expect(() => rise(seen, images, { masks: null as never })).to.throw(
      'masks: expected an integer, 1 or more',
    );
    const asDefault = { masks: 5, gridSize: 7, keepProbability: 0.5, seed: 0 };
    expect(values(rise(seen, images, { masks: 5 }).map)).to.deep.equal(
      values(rise(seen, images, asDefault).map),
    );
    for (const { name, title, reference, options, defaults } of Object.values(methods)) {
      expect(title.length, name).to.be.above(2);
      expect(reference.length, name).to.be.above(10);
      for (const [key, option] of Object.entries(options)) {
        expect(option.default === null || option.fits(option.default), `${name}.${key}`).to.equal(true);
        expect(option.fits(Symbol('none')), `${name}.${key}`).to.equal(
          option.expected === 'what the method says',
        );
      }
      expect(Object.keys(defaults)).to.deep.equal(Object.keys(options));
    }
  });

  it('lets through what is not known yet: inside of compile() no value is read', async function () {
    if (!(await fastestBackend())) return this.skip();
    const seen = network();
    const images = imagesFor(seen, 2);
    const target = tf.tensor1d([0, 1], 'int32');
    const run = compile((x: tf.Tensor4D, classes: tf.Tensor1D) => gradCam(seen, x, { target: classes }).map);
    expect(run(images, target).shape).to.deep.equal([2, 14, 10]);
    run.dispose();
    await cpuBackend();
  });
});

describe('networks without a spatial layer', () => {
  before(cpuBackend);

  const flat = () =>
    sequential({ layers: [layers.flatten({ inputShape: [6, 5, 1] }), layers.dense({ units: 3 })] });

  it('get the methods that need none, and the others say so', () => {
    const seen = classifier(flat());
    expect(seen.layer).to.equal(null);
    const images = imagesFor(seen, 2);
    const quick: Record<string, MethodOptions> = {
      rise: { masks: 4 },
      xrai: { steps: 2, segmentationSize: null, scales: [50], minSize: 2 },
      smoothgrad: { samples: 2 },
      vargrad: { samples: 2 },
      'integrated-gradients': { steps: 2 },
    };
    for (const [name, { run, needs }] of Object.entries(methods)) {
      const asked = () => run(seen, images, quick[name]);
      if (needs.includes('target layer') || needs.includes('attention'))
        expect(asked, name).to.throw(InvalidInput);
      else expect(asked().map.shape, name).to.deep.equal([2, 6, 5]);
    }
    expect(() => lafam(seen, images)).to.throw(
      /^layer: expected a network with a layer of output \[N, h, w, K\] .* methods that need no layer work/,
    );
  });
});

describe('a target layer that is bypassed', () => {
  before(cpuBackend);

  it('gives Score-CAM the predicted class all the same', () => {
    const image = layers.input({ shape: [6, 6, 3] });
    const first = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name: 'first' }).apply(image);
    const second = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name: 'second' }).apply(first);
    const sum = layers.add().apply([first, second] as never);
    const out = layers.dense({ units: 2 }).apply(layers.globalAveragePooling2d({}).apply(sum));
    const seen = classifier(model({ inputs: image, outputs: out as never }), { layer: 'second' });
    const images = imagesFor(seen, 2);
    const predicted = tf.tidy(() => Array.from(tf.argMax(seen.logits(images), 1).dataSync()));
    const { map, details } = scoreCam(seen, images);
    expect(values(details['target']!)).to.deep.equal(predicted);
    expect(values(map)).to.deep.equal(values(scoreCam(seen, images, { target: predicted }).map));
  });
});

describe('warnings', () => {
  before(cpuBackend);

  it('tell of pixels that were not scaled, once a network', () => {
    const images = tf.fill<tf.Rank.R4>([1, 8, 8, 3], 200);
    const raw = 'images: values from 200 to 200 look like pixels as they are';
    const seen = classifier(convolutions('relu'), { preprocessing: torchvisionPreprocessing });
    const said = warnings(() => [lafam(seen, images), lafam(seen, images), gradCam(seen, images)]);
    warnings(() => gradCam(seen.model, images)).forEach((line) => said.push(line));
    expect(said).to.have.length(1);
    expect(said[0]).to.contain(raw);
    const caffe = { ...torchvisionPreprocessing, scale: 1, std: [1, 1, 1] as [number, number, number] };
    const wants = classifier(convolutions('relu'), { preprocessing: caffe });
    expect(warnings(() => lafam(wants, images))).to.deep.equal([]);
    expect(warnings(() => lafam(seen, tf.div(images, 255)))).to.deep.equal([]);
    const scales = sequential({
      layers: [layers.rescaling({ inputShape: [8, 8, 3], scale: 1 / 255 }), convolutions('relu')],
    });
    expect(warnings(() => lafam(classifier(scales), images))).to.deep.equal([]);
  });

  it('tell of a target layer that is a transformer’s patch embedding', () => {
    const net = transformer();
    const seen = classifier(net);
    expect([seen.layer, seen.notes.length]).to.deep.equal(['patches', 1]);
    const images = tf.ones<tf.Rank.R4>([1, 8, 8, 3]);
    expect(warnings(() => lafam(seen, images))[0]).to.contain(
      "lafam: the target layer 'patches' cuts the image into patches",
    );
    expect(warnings(() => rise(seen, images, { masks: 2 }))).to.deep.equal([]);
    expect(warnings(() => lafam(classifier(net, { layer: 'patches' }), images))).to.deep.equal([]);
    expect(warnings(() => lafam(fakeClassifier(), images))).to.deep.equal([]);
  });

  it('tell of guided backpropagation without a ReLU', () => {
    const images = tf.ones<tf.Rank.R4>([1, 8, 8, 3]);
    const smooth = classifier(convolutions('tanh'));
    expect(warnings(() => [guidedBackprop(smooth, images), guidedBackprop(smooth, images)])).to.deep.equal([
      'guided-backprop: the network has no ReLU; the map is that of the plain gradient',
    ]);
    expect(warnings(() => guidedBackprop(classifier(convolutions('relu')), images))).to.deep.equal([]);
  });
});
