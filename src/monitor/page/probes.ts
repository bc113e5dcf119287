import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { evenlySpaced, readSnapshots, type SnapshotImage } from '../../log/index.js';
import type { ImageChanges } from '../convergence.js';
import { meanOfDefined } from '../map-change.js';
import type { FrameDocument, ProbeDocument } from './document.js';
import type { Pictures } from './pictures.js';

const EPOCHS = 40;
const KINDS = ['overlay', 'mask', 'blended'] as const;

/**
 * The probe images with their pictures at each snapshot; a long run shows 40 snapshots, evenly spaced.
 *
 * @param saliency the run's folder `saliency`
 * @param changes of all snapshots of the run
 */
export async function probes(
  saliency: string,
  changes: readonly ImageChanges[],
  pictures: Pictures,
): Promise<ProbeDocument[]> {
  const snapshots = evenlySpaced(readSnapshots(saliency), EPOCHS);
  const last = snapshots.at(-1);
  if (!last) return [];
  const found: ProbeDocument[] = [];
  for (const { name, file, label, prediction, maskArea } of last.images) {
    const frames: FrameDocument[] = [];
    for (const { epoch, folder, images } of snapshots) {
      // The probe set is fixed; should it have changed, an image is shown for the epochs that have it.
      const image = images.find((one) => one.name === name);
      if (!image) continue;
      const own = await Promise.all(
        KINDS.map(async (kind) => [kind, await pictures.idOf(join(folder, `${name}.${kind}.png`))] as const),
      );
      frames.push({ epoch, pictures: Object.fromEntries(own), text: says(image) });
    }
    const original = join(saliency, 'images', `${name}.png`);
    found.push({
      name,
      file,
      label,
      verdict: prediction === undefined ? 'unknown' : prediction === label ? 'right' : 'wrong',
      constant: maskArea === 0,
      moved: moved(changes, name),
      image: existsSync(original) ? await pictures.idOf(original) : null,
      frames,
    });
  }
  return found;
}

/** Mean of 1 − Spearman over the steps where it is defined. */
function moved(changes: readonly ImageChanges[], name: string): number | null {
  return meanOfDefined(
    changes.map((step) => {
      const rank = step.changes.get(name)?.spearman ?? null;
      return rank === null ? null : 1 - rank;
    }),
  );
}

function says({ prediction, probability, maskArea }: SnapshotImage): string {
  const sure = probability === undefined ? '' : ` ${(probability * 100).toFixed(0)}%`;
  const said = prediction === undefined ? '' : `predicted ${prediction}${sure}, `;
  // An empty mask leaves its image as it is.
  const kept = maskArea > 0 ? `mask keeps ${share(maskArea)} of the image` : 'nothing is salient, so the image stays as it is'; // prettier-ignore
  return `${said}${kept}`;
}

function share(area: number): string {
  return area < 0.005 ? 'less than 1%' : `${(area * 100).toFixed(0)}%`;
}
