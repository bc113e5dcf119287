import sharp, { type Sharp } from 'sharp';
import { Failure } from '../errors.js';
import type { Plan, Region, Size, CropSpec } from './crop-spec.js';

// Many images at once, one thread each, beats one image on many threads; and no file is read twice in a row.
sharp.concurrency(1);
sharp.cache(false);

const kernels = { bilinear: 'linear', bicubic: 'cubic', lanczos3: 'lanczos3' } as const;

/** As Pillow: embedded color profiles are ignored (CMYK beside), damage is an error, a mere warning is none. */
const input = { autoOrient: true, ignoreIcc: true, failOn: 'error' } as const;

/**
 * Decodes, crops and resizes with libvips, in libuv's threads. Queued before the first await unless the image has an
 * alpha channel, or is turned upright and enlarged, or one side is made longer and the other shorter. Rejects (`reasonOf` puts it in words) when the file cannot be decoded.
 *
 * @param image size of the upright image, whether it has an alpha channel, and whether it is stored upright
 * @param into RGB [size, size, 3]
 */
export async function decodeWithSharp(
  path: string,
  image: Size & { hasAlpha: boolean; isUpright: boolean },
  view: CropSpec,
  plan: Plan,
  into: Uint8Array,
): Promise<void> {
  const { region, resized, window } = plan;
  const shrinks = resized.width < region.width || resized.height < region.height;
  const enlarges = resized.width > region.width || resized.height > region.height;
  // Where it enlarges one axis, libvips moves both by half a new pixel. Twice as large, every second pixel is in place.
  const factor = enlarges ? 2 : 1;
  const options = { fit: 'fill', kernel: kernels[view.interpolation ?? 'bilinear'], fastShrinkOnLoad: false } as const;

  let pipeline = sharp(path, input);
  // libvips turns an image after it has resized it: the half pixel would be at the wrong side.
  if (enlarges && !image.isUpright) pipeline = await inMemory(pipeline);
  if (image.hasAlpha) pipeline = await inMemory(pipeline.removeAlpha()); // resizing would mix the colors by their alpha
  if (region.width !== image.width || region.height !== image.height) pipeline.extract(region);
  if (shrinks && enlarges) {
    const [width, height] = [Math.min(region.width, resized.width), Math.min(region.height, resized.height)];
    pipeline = await inMemory(pipeline.resize(width, height, options));
  }
  if (shrinks || enlarges) pipeline.resize(resized.width * factor, resized.height * factor, options);
  if (window.width !== resized.width || window.height !== resized.height) pipeline.extract(times(window, factor));
  const { data, info } = await pipeline.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Failure(`has ${info.channels} channels where red, green and blue were expected`);
  pick(data, plan, factor, into);
}

async function inMemory(pipeline: Sharp): Promise<Sharp> {
  const whole = pipeline.toColourspace('srgb').raw();
  const { data, info } = await whole.toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
}

function times({ left, top, width, height }: Region, factor: number): Region {
  return { left: left * factor, top: top * factor, width: width * factor, height: height * factor };
}

/** The last of every `factor` × `factor` pixels, mirrored where the plan says so. */
function pick(data: Uint8Array, { window, flipped }: Plan, factor: number, into: Uint8Array): void {
  if (factor === 1 && !flipped) return into.set(data);
  const { width, height } = window;
  const step = flipped ? -3 * factor : 3 * factor;
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = (y * factor + factor - 1) * width * factor * 3;
    let from = row + ((flipped ? width - 1 : 0) * factor + factor - 1) * 3;
    for (let x = 0; x < width; x++, from += step) {
      into[to++] = data[from]!;
      into[to++] = data[from + 1]!;
      into[to++] = data[from + 2]!;
    }
  }
}
