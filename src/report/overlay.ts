import { invalid } from '../errors.js';
import { colorTable, type Colormap } from './colormap.js';
import { resizeBilinear, type HostMap } from './map.js';
import { checkPicture, type Picture } from './picture.js';

/**
 * A map laid over its image: image · (1 − opacity) + color · opacity.
 *
 * @param image RGB [H, W, 3]
 * @param map [h, w] in [0, 1], of any resolution; brought to the image's bilinearly
 * @param options.colormap default turbo
 * @param options.opacity from 0 (only the image) to 1 (only the map); default 0.5
 * @throws when a value of the map is outside [0, 1] or the map's size and length differ
 */
export function overlay(
  image: Picture,
  map: HostMap,
  { colormap = 'turbo', opacity = 0.5 }: { colormap?: Colormap; opacity?: number } = {},
): Picture {
  checkPicture('image', image);
  checkUnitMap(map);
  if (!(opacity >= 0 && opacity <= 1)) throw invalid('opacity', 'a number from 0 to 1', opacity);
  const colors = colorTable(colormap);
  const { values } = resizeBilinear(map, image.width, image.height);
  const pixels = new Uint8Array(image.pixels.length);
  for (let position = 0; position < values.length; position++) {
    const color = Math.round(values[position]! * 255) * 3;
    for (let channel = 0; channel < 3; channel++) {
      const at = position * 3 + channel;
      pixels[at] = Math.round(image.pixels[at]! * (1 - opacity) + colors[color + channel]! * opacity);
    }
  }
  return { pixels, width: image.width, height: image.height };
}

/**
 * A mask as a picture: white where the mask is 1, black where it is 0.
 *
 * @param mask [height, width], 0 or 1 (a soft mask, in [0, 1], gives grays)
 */
export function maskPicture(mask: Float32Array | Uint8Array, width: number, height: number): Picture {
  if (mask.length !== width * height) throw invalid('mask', `${width} × ${height} values`, mask.length);
  const pixels = new Uint8Array(mask.length * 3);
  mask.forEach((value, at) => {
    if (!(value >= 0 && value <= 1)) throw invalid('mask', 'values from 0 to 1', value);
    pixels.fill(Math.round(value * 255), at * 3, at * 3 + 3);
  });
  return { pixels, width, height };
}

/** The colors of a color map from 0 (left) to 1 (right). */
export function colorBar(colormap: Colormap, width: number, height: number): Picture {
  const colors = colorTable(colormap);
  const pixels = new Uint8Array(width * height * 3);
  for (let x = 0; x < width; x++) {
    const level = width > 1 ? Math.round((x / (width - 1)) * 255) : 0;
    for (let y = 0; y < height; y++) {
      pixels.set(colors.subarray(level * 3, level * 3 + 3), (y * width + x) * 3);
    }
  }
  return { pixels, width, height };
}

function checkUnitMap({ values, width, height }: HostMap): void {
  if (values.length !== width * height || values.length === 0) {
    throw invalid('map', `${width} × ${height} values, at least one`, values.length);
  }
  for (const value of values) {
    if (!(value >= 0 && value <= 1)) throw invalid('map', 'values from 0 to 1', value);
  }
}
