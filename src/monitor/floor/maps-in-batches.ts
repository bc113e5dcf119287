import { setImmediate } from 'node:timers/promises';
import type * as tf from '@tensorflow/tfjs-core';
import type { HostMap } from '../../report/index.js';

/** Images of one size, one behind the other: RGB [images, height, width, 3], 0..255. */
export interface ImageStack {
  pixels: Uint8Array;
  shape: [images: number, height: number, width: number, channels: 3];
}

/**
 * Maps of images, some of them in the network at once. The parts are as alike in size as can be: every other size is a
 * trace.
 *
 * @param most images in a part
 * @param look maps [N, h, w] of a part, which begins with image `from`; disposed of here
 * @returns a map an image, in their order
 */
export async function mapsInBatches(
  { pixels, shape: [count, height, width] }: ImageStack,
  most: number,
  look: (part: ImageStack, from: number) => tf.Tensor3D,
): Promise<HostMap[]> {
  const size = Math.ceil(count / Math.ceil(count / most));
  const bytes = height * width * 3;
  const found: HostMap[] = [];
  for (let from = 0; from < count; from += size) {
    const some = Math.min(size, count - from);
    const raw = look(
      { pixels: pixels.subarray(from * bytes, (from + some) * bytes), shape: [some, height, width, 3] },
      from,
    );
    const [, rows, columns] = raw.shape;
    const values = raw.dataSync<'float32'>();
    raw.dispose();
    for (let at = 0; at < some; at++)
      found.push({
        values: values.slice(at * rows * columns, (at + 1) * rows * columns),
        width: columns,
        height: rows,
      });
    await setImmediate();
  }
  return found;
}
