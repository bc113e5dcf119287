import { join } from 'node:path';
import { decodePicture, encodePng, sheet } from '../report/index.js';
import { writeFileAtomic } from '../files/write-atomic.js';
import { evenlySpaced, readSnapshots } from './snapshot-files.js';

const COLUMNS = 10;
const ROWS = 16;
const CELL = 144;

/**
 * Draws `saliency/figure.png`: the probe images as rows, the image and then the epochs as columns (Figure 8 of the
 * Group-CAM paper). A long run shows ten epochs, evenly spaced, the first and the last among them.
 *
 * @param saliency the run's folder `saliency`, with what `writeSnapshot` wrote
 * @returns path of the picture; undefined where there is no snapshot
 */
export async function writeFigure(saliency: string): Promise<string | undefined> {
  const snapshots = evenlySpaced(readSnapshots(saliency), COLUMNS);
  const images = snapshots.at(-1)?.images.slice(0, ROWS);
  const [first] = images ?? [];
  if (!images || !first) return undefined;
  const { width, height } = await decodePicture(join(saliency, 'images', `${first.name}.png`));
  const scale = Math.min(1, CELL / Math.max(width, height));
  const cells = images.map(({ name }) =>
    Promise.all([
      decodePicture(join(saliency, 'images', `${name}.png`)),
      ...snapshots.map((snapshot) =>
        snapshot.images.some((image) => image.name === name)
          ? decodePicture(join(snapshot.folder, `${name}.overlay.png`))
          : undefined,
      ),
    ]),
  );
  const figure = await sheet({
    columns: ['image', ...snapshots.map(({ epoch }) => `epoch ${epoch}`)],
    rows: images.map(({ label }) => label),
    cells: await Promise.all(cells),
    cell: { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) },
    colormap: snapshots[0]?.colormap,
    fontSize: 16,
  });
  const path = join(saliency, 'figure.png');
  await writeFileAtomic(path, await encodePng(figure));
  return path;
}
