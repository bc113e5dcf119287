import { invalid } from '../errors.js';
import { colorTable, type Colormap } from './colormap.js';
import type { HostMap } from './map.js';
import { checkPicture, type Picture } from './picture.js';

/** A rectangle of an image in pixels; sides and corners may be fractional. */
export interface Part {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * A map laid over the part of an image that it was made from: image · (1 − opacity) + color · opacity there, the
 * image as it is around. The map is enlarged bilinearly with half-pixel centers.
 *
 * @param image RGB [H, W, 3]
 * @param map [h, w] in [0, 1], of any resolution; it covers `part`
 * @param part where the map lies; what of it is outside of the image is left out
 * @param options.opacity from 0 (only the image) to 1 (only the map); default 0.5
 * @throws when a value of the map is outside [0, 1], or the map's size and length differ
 */
export function overlayPart(
  image: Picture,
  map: HostMap,
  part: Part,
  { colormap = 'turbo', opacity = 0.5 }: { colormap?: Colormap; opacity?: number } = {},
): Picture {
  checkPicture('image', image);
  checkMap(map);
  if (!(opacity >= 0 && opacity <= 1)) throw invalid('opacity', 'a number from 0 to 1', opacity);
  const colors = colorTable(colormap);
  const across = taps(image.width, part.left, part.width, map.width);
  const down = taps(image.height, part.top, part.height, map.height);
  const pixels = image.pixels.slice();
  for (const { at: y, first: top, second: bottom, share: sinking } of down) {
    for (const { at: x, first: left, second: right, share } of across) {
      const value = (row: number): number =>
        map.values[row * map.width + left]! * (1 - share) + map.values[row * map.width + right]! * share;
      const color = Math.round((value(top) * (1 - sinking) + value(bottom) * sinking) * 255) * 3;
      const at = (y * image.width + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        pixels[at + channel] = Math.round(
          pixels[at + channel]! * (1 - opacity) + colors[color + channel]! * opacity,
        );
      }
    }
  }
  return { pixels, width: image.width, height: image.height };
}

/** The pixels whose centers lie in the part, and between which two values of the map each of them is. */
function taps(
  pixels: number,
  start: number,
  length: number,
  values: number,
): { at: number; first: number; second: number; share: number }[] {
  return Array.from({ length: pixels }, (_, at) => at)
    .filter((at) => at + 0.5 >= start && at + 0.5 < start + length)
    .map((at) => {
      const center = ((at + 0.5 - start) / length) * values - 0.5;
      const place = Math.min(values - 1, Math.max(0, center));
      const first = Math.floor(place);
      return { at, first, second: Math.min(values - 1, first + 1), share: place - first };
    });
}

function checkMap({ values, width, height }: HostMap): void {
  if (values.length !== width * height || values.length === 0) {
    throw invalid('map', `${width} × ${height} values, at least one`, values.length);
  }
  const wrong = values.find((value) => !(value >= 0 && value <= 1));
  if (wrong !== undefined) throw invalid('map', 'values from 0 to 1', wrong);
}
