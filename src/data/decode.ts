import sharp, { type Sharp } from 'sharp';
import { Failure } from '../errors.js';
import { random, type Random } from '../random.js';
import type { Crop } from './batch.js';
import { probeImage, reasonOf, type Probe } from './probe.js';
import { checkView, cropOf, planView, type Plan, type Region, type View } from './view.js';

// Many images at once, one thread each, beats one image on many threads; and no file is read twice in a row.
sharp.concurrency(1);
sharp.cache(false);

const kernels = { bilinear: 'linear', bicubic: 'cubic', lanczos3: 'lanczos3' } as const;

/** As Pillow: embedded colour profiles are ignored (CMYK beside), damage is an error, a mere warning is none. */
const input = { autoOrient: true, ignoreIcc: true, failOn: 'error' } as const;

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
export async function readImage(path: string, view: View, next: Random = random(0)): Promise<DecodedImage> {
  checkView(view);
  try {
    return await decode(path, await probeImage(path), view, next);
  } catch (error) {
    throw new Failure(`${path}: ${reasonOf(error)}`);
  }
}

/**
 * Decodes, crops and resizes in one pass: the image upright, grey, palette, CMYK and 16-bit pixels as 8-bit RGB, the
 * first frame of an animation, an alpha channel dropped (as Pillow's convert('RGB') does). Bilinear resizing
 * agrees with Pillow's to 2 of 255 steps, less closely where the image shrinks to a quarter or below.
 *
 * The work is queued before the first await unless the image has an alpha channel: it goes on outside the JavaScript
 * thread even while that is busy. Rejects (`reasonOf` puts it in words) when the file cannot be decoded.
 */
export async function decode(path: string, probe: Probe, view: View, next: Random): Promise<DecodedImage> {
  const plan = planView(view, probe, next);
  const { region, resized, window } = plan;
  // libvips enlarges with a shift of half a pixel. Twice as large, every second pixel is where it should be; a random
  // crop may as well lie where libvips puts it, at half the cost, as long as it says so.
  const wider = resized.width > region.width;
  const higher = resized.height > region.height;
  const isRandom = view.crop === 'random-resized' || view.crop === 'resize-crop';
  const across = wider && !isRandom ? 2 : 1;
  const down = higher && !isRandom ? 2 : 1;

  const image = probe.hasAlpha ? await withoutAlpha(path) : sharp(path, input);
  if (region.width !== probe.width || region.height !== probe.height) image.extract(region);
  if (resized.width !== region.width || resized.height !== region.height) {
    const kernel = kernels[view.interpolation ?? 'bilinear'];
    image.resize(resized.width * across, resized.height * down, { fit: 'fill', kernel, fastShrinkOnLoad: false });
  }
  if (window.width !== resized.width || window.height !== resized.height) image.extract(times(window, across, down));
  const { data, info } = await image.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Failure(`has ${info.channels} channels where red, green and blue were expected`);
  const crop = cropOf(plan);
  if (wider && isRandom) crop.left -= region.width / resized.width / 2;
  if (higher && isRandom) crop.top -= region.height / resized.height / 2;
  return { pixels: pick(data, plan, across, down), crop };
}

/** Resizing would mix the colours by their alpha, so the channel goes first. */
async function withoutAlpha(path: string): Promise<Sharp> {
  const whole = sharp(path, input).removeAlpha().toColourspace('srgb').raw();
  const { data, info } = await whole.toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
}

function times(window: Region, across: number, down: number): Region {
  const { left, top, width, height } = window;
  return { left: left * across, top: top * down, width: width * across, height: height * down };
}

/** The last of every `across` × `down` pixels, mirrored where the plan says so. */
function pick(data: Uint8Array, { window, flipped }: Plan, across: number, down: number): Uint8Array {
  if (across === 1 && down === 1 && !flipped) return data;
  const { width, height } = window;
  const picked = new Uint8Array(width * height * 3);
  const step = flipped ? -3 * across : 3 * across;
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = (y * down + down - 1) * width * across * 3;
    let from = row + ((flipped ? width - 1 : 0) * across + across - 1) * 3;
    for (let x = 0; x < width; x++, from += step) {
      picked[to++] = data[from]!;
      picked[to++] = data[from + 1]!;
      picked[to++] = data[from + 2]!;
    }
  }
  return picked;
}
