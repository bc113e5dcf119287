import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { COLORMAPS, colorTable } from '../colormap.js';
import { escapeHtml, pageHead } from '../html.js';
import { pageScript, pageStyle } from './page-assets.js';
import type { Drawing, ImageRecord } from './types.js';

/** What the page tells beside the images. */
export interface PageText {
  weights: string;
  layer: string;
  methods: readonly string[];
}

/**
 * Writes one HTML page with all images and maps inside. It opens without a network, shows one image at a time with
 * its maps side by side, and colors the maps itself. Written record by record, so memory holds one.
 *
 * @param records one after the other, in the order of the page
 */
export async function writePage(
  path: string,
  records: Iterable<ImageRecord>,
  { weights, layer, methods }: PageText,
  { colormap, opacity }: Drawing,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const stream = createWriteStream(temporary);
  // Without a listener an error between two writes would end the process.
  const failed = new Promise<never>((_, reject) => stream.once('error', reject));
  failed.catch(() => undefined);
  const write = async (text: string): Promise<void> => {
    if (!stream.write(text)) await Promise.race<unknown>([once(stream, 'drain'), failed]);
  };
  try {
    await write(head(`${weights}, layer ${layer}; ${methods.join(', ')}`));
    for (const record of records) await write(`${json('image', forPage(record))}\n`);
    const colors = COLORMAPS.map((name) => [name, base64(colorTable(name))] as const);
    await write(json('settings', { colormap, opacity, colors: Object.fromEntries(colors) }));
    await write(`\n<script>${pageScript}</script>\n</body>\n</html>\n`);
    stream.end();
    await Promise.race<unknown>([once(stream, 'close'), failed]);
    const file = await open(temporary, 'r+');
    await file.sync().finally(() => file.close());
    await rename(temporary, path);
  } catch (error) {
    stream.destroy();
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What the page shows of a record; the part in shares of the image. */
function forPage({ image, width, height, part, photo, classes, maps }: ImageRecord): object {
  return {
    image,
    size: `${width} × ${height}`,
    aspect: width / height,
    part: [part.left / width, part.top / height, part.width / width, part.height / height],
    photo,
    classes,
    maps: maps.map(({ method, index, ms, range, picture }) => ({ method, index, ms, range, picture })),
  };
}

function json(name: string, value: object): string {
  return `<script type="application/json" class="${name}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`;
}

function head(about: string): string {
  return `${pageHead('camtune explain', pageStyle)}<nav id="images" aria-label="Images"></nav>
<main>
<header><h1 id="name"></h1><p class="quiet" id="about"></p><p class="quiet">${escapeHtml(about)}</p></header>
<div class="controls">
<span><button id="previous" title="left arrow key">←</button> <b id="place"></b> <button id="next" title="right arrow key">→</button></span>
<label>class <select id="class"></select></label>
<label>method <select id="method"></select></label>
<label>opacity <input id="opacity" type="range" min="0" max="1" step="0.01"></label>
<label>map from the left <input id="wipe" type="range" min="0" max="1" step="0.01" value="1"></label>
<label>colors <select id="colormap"></select></label>
<span class="bar">0 <canvas id="bar" width="256" height="1"></canvas> 1</span>
</div>
<figure><canvas id="large"></canvas><figcaption id="caption"></figcaption></figure>
<div id="methods" class="methods"></div>
<p class="quiet">Each map is scaled to its own range, 0 to 1. The network sees the middle of an image, a square; the map lies
there, and what is around it is shown as it is.</p>
</main>
`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
