import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect } from 'chai';
import { imageFolder, upload, type TensorBatch } from '../../src/data/index.js';
import { errorOf, grayPng, inFolder, plain } from './folder.js';

const view = { crop: 'whole', size: 2 } as const;

async function four(): Promise<Record<string, Uint8Array>> {
  const gray = (value: number): Promise<Buffer> => grayPng([[value, value], [value, value]]); // prettier-ignore
  return {
    'cat/a.png': await plain(2, 2, [1, 2, 3]).png().toBuffer(),
    'cat/b.png': await gray(20),
    'dog/c.png': await gray(30),
  };
}

describe('imageFolder', () => {
  before(async () => {
    await tf.setBackend('cpu');
    await tf.ready();
  });

  it('is a dataset of batches: pixels and class indices', async () =>
    inFolder(await four(), async (dir) => {
      const { dataset, classNames, length, summary } = await imageFolder(dir, { batchSize: 2, view });
      expect(classNames).to.deep.equal(['cat', 'dog']);
      expect(length).to.equal(2);
      const batches = await dataset.toArray();
      expect(batches.map(({ xs }) => xs.shape)).to.deep.equal([[2, 2, 2, 3], [1, 2, 2, 3]]); // prettier-ignore
      expect(batches.map(({ xs, ys }) => [xs.dtype, ys.dtype])).to.deep.equal([['int32', 'int32'], ['int32', 'int32']]); // prettier-ignore
      expect([...(await batches[0]!.xs.data())].slice(0, 6)).to.deep.equal([1, 2, 3, 1, 2, 3]);
      expect([...(await batches[1]!.xs.data())]).to.deep.equal(Array(12).fill(30));
      expect([...(await batches[0]!.ys.data()), ...(await batches[1]!.ys.data())]).to.deep.equal([0, 0, 1]);
      expect(summary().images).to.equal(3);
      tf.dispose(batches);
    }));

  it('begins the next epoch with each new iteration', async () =>
    inFolder(await four(), async (dir) => {
      const { dataset } = await imageFolder(dir, { batchSize: 3, view, shuffle: true });
      const orders = new Set<string>();
      for (let epoch = 0; epoch < 8; epoch++)
        await dataset.forEachAsync(({ xs, ys }: TensorBatch) => {
          orders.add(xs.dataSync().join());
          tf.dispose([xs, ys]);
        });
      expect(orders.size).to.be.above(2);
    }));

  it('chains with mapAsync, and leaves no tensor behind in 60 batches', async () =>
    inFolder(await four(), async (dir) => {
      const { dataset } = await imageFolder(dir, { batchSize: 1, view });
      const doubled = dataset.mapAsync(({ xs, ys }: TensorBatch) => Promise.resolve({ xs: tf.mul(xs, 2), ys }));
      const before = tf.memory().numTensors;
      let batches = 0;
      for (let epoch = 0; epoch < 20; epoch++)
        await doubled.forEachAsync((batch) => {
          batches++;
          tf.dispose(batch);
        });
      expect(batches).to.equal(60);
      expect(tf.memory().numTensors).to.equal(before);
    }));

  it('passes an error on in one sentence', async () =>
    inFolder({ ...(await four()), 'dog/x.jpg': 'broken' }, async (dir) => {
      const { dataset } = await imageFolder(dir, { view, onError: 'stop' });
      const error = await errorOf(dataset.forEachAsync((batch) => tf.dispose(batch)));
      expect(error.message).to.contain(`${dir}/dog/x.jpg is not an image`);
      expect((await errorOf(imageFolder(`${dir}/none`))).message).to.contain('no such folder');
    }));
});

describe('upload', () => {
  it('hands the bytes to a native backend as they are, and gives the handle back', () => {
    const calls: unknown[] = [];
    const pixels = Uint8Array.of(1, 2, 3);
    const backend = tf.backend();
    const binding = {
      TF_UINT8: 4,
      TF_INT32: 3,
      TF_ATTR_TYPE: 6,
      TF_ATTR_BOOL: 5,
      createTensor: (...args: unknown[]) => (calls.push(['create', ...args]), 77),
      executeOp: (name: string, attributes: { value: unknown }[], inputs: unknown) => (calls.push([name, attributes.map(({ value }) => value), inputs]), [{ id: 78 }]),
      deleteTensor: (id: number) => calls.push(['delete', id]),
    };
    const native = { binding, createOutputTensor: () => tf.tensor4d([1, 2, 3], [1, 1, 1, 3], 'int32') };
    Object.assign(backend, native);
    try {
      tf.dispose(upload({ pixels, shape: [1, 1, 1, 3], labels: Int32Array.of(5) }));
    } finally {
      for (const name of Object.keys(native)) delete (backend as unknown as Record<string, unknown>)[name];
    }
    expect(calls).to.deep.equal([
      ['create', [1, 1, 1, 3], 4, pixels],
      ['Cast', [4, 3, false], [77]],
      ['delete', 77],
    ]);
  });
});
