import sharp from 'sharp';
import type { Picture } from './picture.js';

/**
 * Reads an image file at its own resolution as a network's reader does: upright, the first frame, alpha dropped,
 * embedded color profiles ignored, gray, CMYK and 16-bit pixels as 8-bit RGB.
 *
 * @throws when the file is missing or cannot be decoded
 */
export async function readPhoto(path: string): Promise<Picture> {
  const { data, info } = await sharp(path, { autoOrient: true, ignoreIcc: true, failOn: 'error' })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: new Uint8Array(data), width: info.width, height: info.height };
}
