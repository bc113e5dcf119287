import { invalid } from '../errors.js';
import type { Colormap } from './colormap.js';
import { colorBar } from './overlay.js';
import { checkPicture, fit, sharpOf, type Picture } from './picture.js';
import { loadFont } from './font.js';
import { ellipsize, textSvg, textWidth } from './text.js';

/** What a sheet shows. */
export interface Sheet {
  /** One array a row; `undefined` leaves a cell empty. */
  cells: (Picture | undefined)[][];
  /** One caption a column; too long ones are cut with …. */
  columns?: string[];
  /** One caption a row; \n begins a new line. */
  rows?: string[];
  title?: string;
  /** Size of every cell in pixels: pictures are scaled into it with their aspect ratio kept. */
  cell: { width: number; height: number };
  /** A color bar from 0 to 1 under the cells. */
  colormap?: Colormap;
  /** Font size in pixels, default 14. */
  fontSize?: number;
}

const GAP = 6;
const MARGIN = 14;
const LONGEST_ROW_CAPTION = 200;

/**
 * A grid of equally sized pictures with captions, on white.
 *
 * @throws when there is no cell, or captions and cells differ in number
 */
export async function sheet(content: Sheet): Promise<Picture> {
  const { cells, columns = [], rows = [], cell, title, colormap, fontSize = 14 } = content;
  const count = Math.max(0, ...cells.map((row) => row.length));
  if (count === 0) throw invalid('cells', 'at least one picture', cells);
  if (columns.length && columns.length !== count)
    throw invalid('columns', `${count} captions`, columns.length);
  if (rows.length && rows.length !== cells.length)
    throw invalid('rows', `${cells.length} captions`, rows.length);

  const line = Math.round(fontSize * 1.35);
  const captions = await Promise.all(
    rows.map((row) =>
      Promise.all(row.split('\n').map((text) => ellipsize(text, fontSize, LONGEST_ROW_CAPTION))),
    ),
  );
  const widths = await Promise.all(captions.flat().map((text) => textWidth(text, fontSize)));
  const captionWidth = Math.ceil(Math.max(0, ...widths));
  const left = MARGIN + (captionWidth > 0 ? captionWidth + 2 * GAP : 0);
  const titleHeight = title ? Math.round(fontSize * 1.2) + 2 * GAP : 0;
  const top = MARGIN + titleHeight + (columns.length ? line : 0);
  const gridWidth = count * (cell.width + GAP) - GAP;
  const gridHeight = cells.length * (cell.height + GAP) - GAP;
  const width = left + Math.max(gridWidth, colormap ? 160 : 0) + MARGIN;
  const height = top + gridHeight + (colormap ? line + 2 * GAP : 0) + MARGIN;
  const canvas: Picture = { pixels: new Uint8Array(width * height * 3).fill(255), width, height };

  const x = (column: number) => left + column * (cell.width + GAP);
  const y = (row: number) => top + row * (cell.height + GAP);
  for (const [row, pictures] of cells.entries()) {
    for (const [column, picture] of pictures.entries()) {
      if (!picture) continue;
      checkPicture(`cells[${row}][${column}]`, picture);
      paste(canvas, await fit(picture, cell.width, cell.height), x(column), y(row));
    }
  }

  const text: string[] = [];
  if (title) {
    const size = fontSize * 1.2;
    const fitting = await ellipsize(title, size, width - 2 * MARGIN);
    text.push(textSvg(fitting, { x: MARGIN, y: MARGIN + fontSize }, size));
  }
  const heads = await Promise.all(columns.map((caption) => ellipsize(caption, fontSize, cell.width)));
  heads.forEach((caption, column) => {
    const at = { x: x(column) + cell.width / 2, y: top - fontSize * 0.5, anchor: 'middle' as const };
    text.push(textSvg(caption, at, fontSize));
  });
  captions.forEach((lines, row) => {
    const first = y(row) + cell.height / 2 - ((lines.length - 1) * line) / 2 + fontSize * 0.35;
    lines.forEach((caption, index) => {
      const at = { x: left - 2 * GAP, y: first + index * line, anchor: 'end' as const };
      text.push(textSvg(caption, at, fontSize, index === 0 ? '#222' : '#666'));
    });
  });
  if (colormap) {
    const barY = top + gridHeight + 2 * GAP;
    const bar = colorBar(colormap, 120, Math.round(fontSize * 0.8));
    paste(canvas, bar, left + 20, barY);
    const base = barY + fontSize * 0.75;
    text.push(textSvg('0', { x: left + 14, y: base, anchor: 'end' }, fontSize));
    text.push(textSvg('1', { x: left + 146, y: base }, fontSize));
  }
  if (text.length > 0) await loadFont();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${text.join('')}</svg>`;
  const pixels = await sharpOf(canvas)
    .composite([{ input: Buffer.from(svg) }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { pixels: new Uint8Array(pixels), width, height };
}

function paste(canvas: Picture, picture: Picture, left: number, top: number): void {
  for (let row = 0; row < picture.height; row++) {
    const from = row * picture.width * 3;
    const to = ((top + row) * canvas.width + left) * 3;
    canvas.pixels.set(picture.pixels.subarray(from, from + picture.width * 3), to);
  }
}
