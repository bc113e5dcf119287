import { expect } from 'chai';
import { Failure } from '../../../src/errors.js';
import {
  topClasses,
  predictions,
  type Network,
  type Prediction,
} from '../../../src/models/predict/predictions.js';

/** Reads an image's name as its only pixel; the logits are that pixel and 10; 'bad' can't be read, 'nothing' gives NaN. */
function fakeNetwork(): Network & { batches: number[]; open: number } {
  const network = {
    batches: [] as number[],
    open: 0,
    classNames: ['low', 'ten'],
    read: (image: string) =>
      image.startsWith('bad')
        ? Promise.reject(new Failure(`${image}: is empty`))
        : Promise.resolve(Uint8Array.of(image === 'nothing' ? 255 : Number(image))),
    run: (pixels: Uint8Array, images: number) => {
      network.batches.push(images);
      const logits = Array.from(pixels, (pixel) => [pixel === 255 ? NaN : pixel, 10]);
      return Promise.resolve({
        logits,
        probabilities: logits.map(([a, b]) => [a! / (a! + b!), b! / (a! + b!)]),
      });
    },
  };
  return network;
}

async function all(images: string[], network: Network, batchSize: number): Promise<Prediction[]> {
  const found: Prediction[] = [];
  for await (const prediction of predictions(images, network, 2, batchSize)) found.push(prediction);
  return found;
}

describe('predictions', () => {
  it('come in the order of the images, in batches, the last one smaller', async () => {
    const network = fakeNetwork();
    const found = await all(['30', '1', '2', '3', '4'], network, 2);
    expect(network.batches).to.deep.equal([2, 2, 1]);
    expect(found.map(({ image }) => image)).to.deep.equal(['30', '1', '2', '3', '4']);
    expect(found[0]).to.deep.equal({
      image: '30',
      top: [
        { class: 'low', index: 0, probability: 0.75 },
        { class: 'ten', index: 1, probability: 0.25 },
      ],
      logits: [30, 10],
    });
  });

  it('go on behind an image that can’t be read', async () => {
    const found = await all(['bad', '7', 'bad2', '8'], fakeNetwork(), 3);
    expect(found.map((one) => ('error' in one ? `${one.image}: ${one.error}` : one.logits[0]))).to.deep.equal(
      ['bad: is empty', 7, 'bad2: is empty', 8],
    );
  });

  it('say where the network answers with no numbers', async () => {
    const found = await all(['1', 'nothing', '2'], fakeNetwork(), 3);
    expect(found.map((one) => 'error' in one && one.error.slice(0, 38))).to.deep.equal([
      false,
      'the network answers with values that a',
      false,
    ]);
  });

  it('ask nothing of the network where no image of a batch can be read', async () => {
    const network = fakeNetwork();
    expect(await all(['bad', 'bad'], network, 2)).to.have.length(2);
    expect(network.batches).to.deep.equal([]);
  });
});

describe('topClasses', () => {
  it('names the highest probabilities, of equal ones the first', () => {
    expect(topClasses([0.2, 0.5, 0.2, 0.1], 3).map(({ index }) => index)).to.deep.equal([1, 0, 2]);
  });

  it('names a class by its index where it has no name, and no more than there are', () => {
    expect(topClasses([1], 5)).to.deep.equal([{ class: '0', index: 0, probability: 1 }]);
  });
});
