import { unitRange } from './map.js';
import { overlay } from './overlay.js';
import type { Picture } from './picture.js';
import { sheet } from './sheet.js';

/** The maps of one image at every state of the sanity check, in the order in which they were made. */
export interface SanityMaps {
  /** The image. */
  file: string;
  /** Whether the whole network gave them ('none') or how it was randomized, and the last layer that was. */
  state: { randomization: string; layer?: string };
  /** [height, width] in row-major order, by method. */
  maps: Readonly<Record<string, Float32Array>>;
}

/**
 * The picture of the sanity check on one image (the paper's Figure 6): a column for the whole network and for each
 * layer, a row for each method and way of randomizing.
 *
 * @param image RGB, of the maps' size
 * @param states the first is the whole network's
 * @throws InvalidInput where there is no state
 */
export async function sanitySheet(image: Picture, states: readonly SanityMaps[]): Promise<Picture> {
  const ways = [...new Set(states.map(({ state }) => state.randomization))].filter((way) => way !== 'none');
  const original = states.filter(({ state }) => state.randomization === 'none').slice(0, 1);
  const layers = [...new Set(states.flatMap(({ state }) => state.layer ?? []))];
  const rows = Object.keys(states[0]?.maps ?? {}).flatMap((method) => ways.map((way) => ({ method, way })));
  const picture = (map: Float32Array) =>
    overlay(image, { values: unitRange(map.map(Math.abs)), width: image.width, height: image.height });
  return sheet({
    title: 'sanity check: maps while layers are randomized, output first',
    cells: rows.map(({ method, way }) => [
      image,
      ...original.map(({ maps }) => picture(maps[method]!)),
      ...layers.map((layer) => {
        const found = states.find(({ state }) => state.randomization === way && state.layer === layer);
        return found && picture(found.maps[method]!);
      }),
    ]),
    columns: ['image', 'whole network', ...layers],
    rows: rows.map(({ method, way }) => `${method}\n${way}`),
    cell: { width: 128, height: 128 },
    colormap: 'turbo',
  });
}
