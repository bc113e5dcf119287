import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import { chunkSize, classIndices, coverByRegions, minMax, type Differentiable } from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { pathAttribution } from './integrated-gradients.js';
import { dilate, segmentsOfScales } from '../ops/segments/index.js';
import { saliencyMethod, type SetRequired } from '../method.js';
import { atLeastZero, checkedByMethod, integer, orNull, share } from '../options.js';

export interface XraiOptions extends CommonOptions {
  /** Points on the way from each of the two baselines: 100. */
  steps?: number;
  /** Scales of the segmentations: 50, 100, 150, 250, 500, 1200. */
  scales?: readonly number[];
  /** Side to which the image is brought for the segmentation, pixels; null: as it is. 224. */
  segmentationSize?: number | null;
  /** The least pixels of a segment at that size: 150. */
  minSize?: number;
  /** Radius by which segments are widened, pixels: 5. */
  dilation?: number;
  /** The least pixels that a segment must add: 50. */
  minPixels?: number;
  /** Share of the image that is covered by segments before it stops, 0 to 1: 1. */
  area?: number;
  /** In place of a segmentation: int32 [N, S, H, W], labels from 0, one map for each scale. */
  labels?: tf.Tensor4D;
}

type Complete = SetRequired<
  XraiOptions,
  Exclude<keyof XraiOptions, 'labels' | 'segmentationSize' | keyof CommonOptions>
> & {
  segmentationSize: number | null;
};

// Of the blur before the segmentation, pixels; fixed by the authors' code.
const sigma = 0.8;

/**
 * XRAI: integrated gradients from a dark and a bright image, summed up over segments of the image, the best segment
 * first. Costs 2 · `steps` passes forward and back and some tenths of a second on the CPU an image.
 *
 * Segments are made and ranked outside of tfjs: values are read, so the method itself cannot be compiled (its passes
 * through the network can, see `compiledClassifier`), and not run on backends without `dataSync`.
 *
 * @param images [N, H, W, C], preprocessed for the network; the darkest and the brightest value of each image are its
 *   baselines
 * @returns raw [N, H, W], signed; details: `attribution` [N, H, W], the signed maximum over the channels, `ranks` int32
 *   [N, H, W], 1 for the best region, and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Kapishnikov et al. (2019), "XRAI: Better Attributions Through Regions"; details as in the authors' PAIR saliency
 */
export const xrai = saliencyMethod(
  {
    name: 'xrai',
    title: 'XRAI',
    reference: 'Kapishnikov et al. (2019), XRAI, ICCV, arXiv 1906.02825',
    needs: ['image gradient'],
    compilable: false,
    options: {
      steps: integer(100, 2),
      scales: checkedByMethod([50, 100, 150, 250, 500, 1200]),
      segmentationSize: orNull(integer(224)),
      minSize: integer(150, 0),
      dilation: atLeastZero(5),
      minPixels: atLeastZero(50),
      area: share(1),
    },
    cost: ({ steps }) => ({ queries: 1, gradients: 2 * Number(steps) }),
  },
  (classifier: Differentiable, images: tf.Tensor4D, options: Complete): Maps => {
    const { steps, area, minPixels } = options;
    const [count, height, width] = images.shape;
    const chunk = chunkSize(options.chunk, images.shape, 'backward');
    return tf.tidy(() => {
      const target = classIndices(classifier, images, options.target, chunk);
      const points = { first: 0, last: steps - 1, whole: steps - 1 };
      const from = (baselines: tf.Tensor4D) =>
        pathAttribution(classifier, images, baselines, target, points, chunk);
      const [dark, bright] = [
        tf.min<tf.Tensor4D>(images, [1, 2, 3], true),
        tf.max<tf.Tensor4D>(images, [1, 2, 3], true),
      ];
      const attribution = tf.max<tf.Tensor3D>(tf.div(tf.add(from(dark), from(bright)), 2), 3);

      const values = attribution.dataSync() as Float32Array;
      const pixels = height * width;
      const [maps, ranks] = [new Float32Array(values.length), new Int32Array(values.length)];
      labelsOf(images, options).forEach((labels, image) => {
        const regions = labels.flatMap((one) => dilate(one, width, options.dilation));
        const part = values.subarray(image * pixels, (image + 1) * pixels);
        const covered = coverByRegions(part, regions, { minPixels, area });
        maps.set(covered.map, image * pixels);
        ranks.set(covered.ranks, image * pixels);
      });
      const raw = tf.tensor3d(maps, [count, height, width]);
      const ranked = tf.tensor3d(ranks, [count, height, width], 'int32');
      return { map: minMax(raw), raw, details: { attribution, ranks: ranked, target } };
    });
  },
);

/** For each image the labels of each segmentation, [H · W]. */
function labelsOf(images: tf.Tensor4D, options: Complete): Int32Array[][] {
  const [count, height, width, channels] = images.shape;
  const each = (index: number, size: number, length: number) =>
    [index * size, index * size + length] as const;
  const { labels } = options;
  if (labels) {
    const [found, maps, ...size] = labels.shape;
    if (found !== count || size.join() !== [height, width].join()) {
      throw invalid('labels', `a tensor [${count}, S, ${height}, ${width}]`, labels.shape);
    }
    const values = labels.dataSync() as Int32Array;
    return Array.from({ length: count }, (_, image) =>
      Array.from({ length: maps }, (_, map) =>
        Int32Array.from(values.subarray(...each(image * maps + map, height * width, height * width))),
      ),
    );
  }
  const { scales, minSize, segmentationSize } = options;
  const settings = { scales, minSize, sigma, side: segmentationSize };
  const values = images.dataSync();
  const size = values.length / count;
  return Array.from({ length: count }, (_, image) =>
    segmentsOfScales(
      Float64Array.from(values.subarray(...each(image, size, size))),
      [height, width, channels],
      settings,
    ),
  );
}
