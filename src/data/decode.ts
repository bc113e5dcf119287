import { Failure } from '../errors.js';
import { random, type Random } from '../random.js';
import type { Crop } from './batch.js';
import { decodeJpeg } from './decode-jpeg.js';
import { decodeWithSharp } from './decode-sharp.js';
import { probeImage, type Probe } from './probe.js';
import { reasonOf } from './reason.js';
import { checkCropSpec, cropOf, planCrop, type CropSpec } from './crop-spec.js';

/** One image as a network sees it. */
export interface DecodedImage {
  /** RGB, 0..255, [size, size, 3] in row-major order. */
  pixels: Uint8Array;
  crop: Crop;
}

/**
 * Reads one image file as a view shows it. Throws Failure, naming the file, when it cannot be read.
 *
 * @param next random numbers for a view that draws some
 */
export async function readImage(path: string, view: CropSpec, next: Random = random(0)): Promise<DecodedImage> {
  checkCropSpec(view);
  const pixels = new Uint8Array(view.size * view.size * 3);
  try {
    return { pixels, crop: await decode(path, await probeImage(path), view, next, pixels) };
  } catch (error) {
    throw new Failure(`${path}: ${reasonOf(error)}`);
  }
}

/**
 * Decodes, crops and resizes: the image upright, gray, palette, CMYK and 16-bit pixels as 8-bit RGB, the first frame of
 * an animation, an alpha channel dropped (as Pillow's convert('RGB') does). JPEG files go to libjpeg-turbo where setup
 * has built that decoder, and to sharp when it does not take them; all else goes to sharp. Which one depends on the
 * file and on the setup alone, and so do the pixels. sharp's bilinear resizing agrees with Pillow's to 2 of 255 steps,
 * less closely where the image shrinks to a quarter or below.
 *
 * The work is queued before the first await (with sharp not all of it, see there): it goes on outside the JavaScript
 * thread even while that is busy. Rejects (`reasonOf` puts it in words) when the file cannot be decoded.
 *
 * @param into RGB [size, size, 3]; not to be touched before the promise is settled
 * @returns where the pixels come from
 */
export async function decode(path: string, probe: Probe, view: CropSpec, next: Random, into: Uint8Array): Promise<Crop> {
  const plan = planCrop(view, probe, next);
  const isDone = probe.jpeg !== undefined && (await decodeJpeg(path, probe.jpeg, view, plan, into));
  if (!isDone) await decodeWithSharp(path, probe, view, plan, into);
  return cropOf(plan);
}
