import { join } from 'node:path';
import {
  encodeNpy,
  encodePng,
  mapUri,
  overlayPart,
  pictureUri,
  type HostMap,
  type Part,
  type Picture,
} from '../../report/index.js';
import { fitName } from '../../files/name.js';
import { writeFileAtomic } from '../../files/write-atomic.js';
import type { ClassScore, Drawing, Format, ImageRecord, MapRecord } from '../../report/maps/index.js';
import type { ExplainedImage } from './explainer.js';
import { fileName } from './output-names.js';

/** An image that has been explained and is to be written. */
export interface Finished extends ExplainedImage {
  image: string;
  name: string;
  /** The part of the image that the network saw. */
  part: Part;
}

/** How an output folder is written. */
export interface OutputOptions extends Drawing {
  folder: string;
  /** Height and width of what the network sees, pixels. */
  size: readonly [height: number, width: number];
  /** The longer side of the small image that is kept, pixels. */
  photoSide: number;
  /** What a map was made from, as text. */
  keyOf(image: string, method: string): string;
}

/**
 * Writes the overlay (PNG, at the image's own resolution; the map lies on the part that the network saw) and the raw
 * map (.npy, float32 [H, W]) of each map of an image.
 *
 * @param photo the image at its own resolution
 * @returns what is kept of the image
 */
export async function writeMaps(
  { image, name, part, classes, maps }: Finished,
  photo: Picture,
  options: OutputOptions,
): Promise<ImageRecord> {
  const { folder, formats } = options;
  const [height, width] = options.size;
  const records: MapRecord[] = [];
  for (const { method, of, map, raw, ms } of maps) {
    const hostMap: HostMap = { values: map, width, height };
    const several = maps.filter((other) => other.method === method).length > 1;
    const files = filesOf(name, method, formats, several ? of : undefined);
    for (const [format, file] of files) {
      const content =
        format === 'npy'
          ? encodeNpy(raw, [height, width])
          : await encodePng(overlayPart(photo, hostMap, part, options));
      await writeFileAtomic(join(folder, file), content);
    }
    records.push({
      method,
      ...of,
      ms,
      range: range(raw),
      files: files.map(([, file]) => file),
      key: options.keyOf(image, method),
      picture: await mapUri(hostMap, 224),
    });
  }
  const small = await pictureUri(photo, options.photoSide);
  return {
    image,
    name,
    width: photo.width,
    height: photo.height,
    part,
    photo: small,
    classes,
    maps: records,
  };
}

/** The names of a map's files: IMAGE.METHOD.png, with the class between where there are maps of several. */
export function filesOf(
  name: string,
  method: string,
  formats: readonly Format[],
  of?: ClassScore,
): [Format, string][] {
  const beginning = [name, method, ...(of ? [fileName(of.class)] : [])].join('.');
  return formats.map((format) => [format, `${fitName(beginning, 1 + format.length)}.${format}`]);
}

function range(values: Float32Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
