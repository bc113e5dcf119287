import { join } from 'node:path';
import sharp from 'sharp';
import { evenlySpaced, readSnapshots, type SnapshotImage } from '../log/index.js';
import { escapeHtml } from '../report/index.js';

const THUMBNAIL = 160;
const EPOCHS = 40;
const KINDS = ['overlay', 'mask', 'blended'] as const;

/**
 * The snapshots as HTML: every probe image with its overlay, mask and blended image, and a slider over the epochs.
 * Pictures are WebP thumbnails inside the page; a long run shows 40 epochs, evenly spaced.
 *
 * @param saliency the run's folder `saliency`
 * @returns undefined where there is no snapshot
 */
export async function probeViews(saliency: string): Promise<string | undefined> {
  const snapshots = evenlySpaced(readSnapshots(saliency), EPOCHS);
  const last = snapshots.at(-1);
  if (!last) return undefined;
  const probes: string[] = [];
  for (const { name, file, label } of last.images) {
    // The probe set is fixed; should it have changed, an image is shown for the epochs that have it.
    const frames = await Promise.all(
      snapshots.map(async ({ epoch, folder, images }) => {
        const image = images.find((one) => one.name === name);
        if (!image)
          return { overlay: '', mask: '', blended: '', text: `epoch ${epoch}: not in the probe set` };
        const [overlay, mask, blended] = await Promise.all(
          KINDS.map((kind) => thumbnail(join(folder, `${name}.${kind}.png`))),
        );
        return { overlay, mask, blended, text: says(epoch, image) };
      }),
    );
    const original = await thumbnail(join(saliency, 'images', `${name}.png`));
    const end = frames.length - 1;
    probes.push(
      `<div class="card probe"><h3>${escapeHtml(label)} <small>${escapeHtml(file)}</small></h3><div class="strip">` +
        `<figure><img src="${original}" alt=""><figcaption>image</figcaption></figure>` +
        KINDS.map(
          (kind) =>
            `<figure><img class="${kind}" src="${frames[end]![kind]}" alt=""><figcaption>${kind}</figcaption></figure>`,
        ).join('') +
        `</div><input type="range" min="0" max="${end}" value="${end}" aria-label="epoch">` +
        `<p class="said quiet">${escapeHtml(frames[end]!.text)}</p>` +
        // A "<" in a name must not end the script element.
        `<script type="application/json">${JSON.stringify(frames).replaceAll('<', '\\u003c')}</script></div>`,
    );
  }
  const epochs = escapeHtml(JSON.stringify(snapshots.map(({ epoch }) => epoch)));
  const end = snapshots.length - 1;
  return (
    `<div class="card all"><span>All images</span>` +
    `<input type="range" min="0" max="${end}" value="${end}" data-epochs="${epochs}" aria-label="epoch of all images">` +
    `<output>epoch ${last.epoch}</output></div><div class="probes">${probes.join('\n')}</div>`
  );
}

function says(epoch: number, { prediction, probability, maskArea }: SnapshotImage): string {
  const sure = probability === undefined ? '' : ` ${(probability * 100).toFixed(0)}%`;
  const said = prediction === undefined ? '' : `predicted ${prediction}${sure}, `;
  // An empty mask leaves its image as it is.
  const kept = maskArea > 0 ? `mask keeps ${share(maskArea)} of the image` : 'nothing is salient, so the image stays as it is'; // prettier-ignore
  return `epoch ${epoch}: ${said}${kept}`;
}

function share(area: number): string {
  return area < 0.005 ? 'less than 1%' : `${(area * 100).toFixed(0)}%`;
}

async function thumbnail(path: string): Promise<string> {
  const bytes = await sharp(path)
    .resize(THUMBNAIL, THUMBNAIL, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80 })
    .toBuffer();
  return `data:image/webp;base64,${bytes.toString('base64')}`;
}
