import { encodePng, mapOfUri, overlayPart, pictureOfUri, sheet, type Picture } from '../index.js';
import { isZero, percent } from './captions.js';
import type { Drawing, ImageRecord } from './types.js';

const longestSide = 288;

/**
 * The comparison sheet of an image: a column a method, a row a class, with the class and its probability beside it.
 *
 * @returns bytes of a PNG
 */
export async function comparison(record: ImageRecord, drawing: Drawing): Promise<Buffer> {
  const photo = await pictureOfUri(record.photo);
  const scale = photo.width / record.width;
  const part = {
    left: record.part.left * scale,
    top: record.part.top * scale,
    width: record.part.width * scale,
    height: record.part.height * scale,
  };
  const methods = [...new Set(record.maps.map(({ method }) => method))];
  const rows = await Promise.all(
    record.classes.map(async ({ index }, rank) => {
      const maps = methods.map((method) => mapFor(record, method, index));
      const overlays = await Promise.all(
        maps.map(async (map) => overlayPart(photo, await mapOfUri(map.picture), part, drawing)),
      );
      const cells: (Picture | undefined)[] = [rank === 0 ? photo : undefined, ...overlays];
      const empty = maps.filter(isZero).map(({ method }) => `${method}: map of 0`);
      return { cells, empty };
    }),
  );
  const shrink = Math.min(1, longestSide / Math.max(photo.width, photo.height));
  const picture = await sheet({
    title: record.image,
    cells: rows.map(({ cells }) => cells),
    columns: ['image', ...methods],
    rows: rows.map(({ empty }, rank) => {
      const { class: name, probability } = record.classes[rank]!;
      return [name, percent(probability), ...empty].join('\n');
    }),
    cell: {
      width: Math.max(80, Math.round(photo.width * shrink)),
      height: Math.max(40, Math.round(photo.height * shrink)),
    },
    colormap: drawing.colormap,
  });
  return encodePng(picture);
}

/** The map of a class; of a method that knows no class its only one. */
function mapFor({ maps }: ImageRecord, method: string, index: number): ImageRecord['maps'][number] {
  const own = maps.filter((map) => map.method === method);
  return own.find((map) => map.index === index) ?? own[0]!;
}
