import { jpegDecoder, type JpegPlan, type KnownJpeg } from './jpeg/index.js';
import type { Plan, CropSpec } from './crop-spec.js';

/**
 * Decodes a probed JPEG file with libjpeg-turbo, only as much of it as the plan needs: for `center` and `whole` the
 * pixels that Pillow makes (see docs/data.md), for random views of large images nearly those. Queued before this returns.
 *
 * @param into RGB [size, size, 3]
 * @returns whether it holds the pixels; where not, sharp knows why
 */
export function decodeJpeg(path: string, known: KnownJpeg, view: CropSpec, plan: Plan, into: Uint8Array): Promise<boolean> {
  const interpolation = view.interpolation ?? 'bilinear';
  const isRandom = view.crop === 'random-resized' || view.crop === 'resize-crop';
  const reduction = isRandom ? reductionFor(plan) : 1;
  return jpegDecoder()?.decode(path, known, { ...plan, interpolation, reduction }, into) ?? Promise.resolve(false);
}

/**
 * How many times smaller the image may come out of the inverse DCT, which averages blocks of pixels: to no less than
 * twice the size that is wanted, so that the filter has the last word.
 */
export function reductionFor({ region, resized }: Pick<Plan, 'region' | 'resized'>): JpegPlan['reduction'] {
  const surplus = Math.min(region.width / resized.width, region.height / resized.height) / 2;
  return surplus >= 8 ? 8 : surplus >= 4 ? 4 : surplus >= 2 ? 2 : 1;
}
