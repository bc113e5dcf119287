import { resnet50, vgg19 } from '../../../src/models/index.js';
import { torchParameters } from '../../../src/models/weights/index.js';
import type { Format, Sample } from './format.js';
import { mutateBytes } from './mutate-bytes.js';
import { mutateJson } from './mutate-json.js';

const name = 'net.safetensors';

/** PyTorch's names in a safetensors file. */
export const safetensorsFormat: Format = {
  seeds() {
    const about = { preprocessing: 'bgr, 0..255, minus 1,2,3', classes: 'a,b,c', batch_norm_epsilon: '1e-3' };
    return Promise.resolve([
      sample(resnet50({ classes: 3, blocks: [1, 1], width: 2 }), { ...about, blocks: '1,1', width: '2' }),
      sample(vgg19({ classes: 3, width: 1, hidden: 2 }), { ...about, width: '1', hidden: '2' }),
    ]);
  },
  mutate(given, next) {
    const bytes = given[name]!;
    if (next() < 0.3) return { [name]: mutateBytes(bytes, next) };
    const length = Number(bytes.readBigUInt64LE());
    const header = mutateJson(JSON.parse(bytes.subarray(8, 8 + length).toString()) as object, next);
    return { [name]: withHeader(header, bytes.subarray(8 + length)) };
  },
};

function sample(model: ReturnType<typeof resnet50>, metadata: Record<string, string>): Sample {
  const header: Record<string, object> = { __metadata__: metadata };
  let offset = 0;
  for (const { name: tensor, shape } of torchParameters(model)) {
    const end = offset + 4 * shape.reduce((product, size) => product * size, 1);
    header[tensor] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  model.dispose();
  return { [name]: withHeader(header, Buffer.alloc(offset)) };
}

function withHeader(header: object, data: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}
