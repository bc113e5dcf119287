import sharp, { type Sharp } from 'sharp';
import type { HostMap } from './map.js';
import { decodePicture, sharpOf, type Picture } from './picture.js';

/**
 * A picture as a data: URI (WebP), for pages that load nothing.
 *
 * @param side the longer side is at most so many pixels; the aspect ratio is kept
 */
export async function pictureUri(picture: Picture, side: number): Promise<string> {
  return uriOf(sharpOf(picture), side, 82);
}

/**
 * A map as a gray picture in a data: URI (WebP): 0 is black, 1 is white.
 *
 * @param map [h, w] in [0, 1]
 * @param side the longer side is at most so many pixels
 */
export async function mapUri({ values, width, height }: HostMap, side: number): Promise<string> {
  const gray = Uint8Array.from(values, (value) => Math.round(value * 255));
  return uriOf(sharp(gray, { raw: { width, height, channels: 1 } }), side, 90);
}

/** Reads what `pictureUri` made. */
export async function pictureOfUri(uri: string): Promise<Picture> {
  return decodePicture(Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64'));
}

/** Reads what `mapUri` made: [h, w] in [0, 1]. */
export async function mapOfUri(uri: string): Promise<HostMap> {
  const { pixels, width, height } = await pictureOfUri(uri);
  const values = Float32Array.from({ length: width * height }, (_, at) => pixels[at * 3]! / 255);
  return { values, width, height };
}

async function uriOf(image: Sharp, side: number, quality: number): Promise<string> {
  const bytes = await image
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality })
    .toBuffer();
  return `data:image/webp;base64,${bytes.toString('base64')}`;
}
