import { printable } from '../text/printable.js';
import { FONT, loadFont, measured } from './font.js';
import { escapeHtml } from './html.js';

/** Characters of a line that are measured: more than a picture has room for. */
const MOST_DRAWN = 200;

/** Width of a line of text in pixels at a font size of `size` pixels. */
export async function textWidth(text: string, size: number): Promise<number> {
  if (!/[^\s\p{Cf}]/u.test(text)) return 0;
  await loadFont();
  // A picture of a very long line would be too large for sharp: what follows is about as wide as what was drawn.
  const drawn = text.slice(0, MOST_DRAWN);
  const { width } = await measured(escapeHtml(printable(drawn)), size);
  return (width * text.length) / drawn.length;
}

/** The text, or as much of its beginning as fits into `width` pixels, with … at the end. */
export async function ellipsize(text: string, size: number, width: number): Promise<string> {
  if ((await textWidth(text, size)) <= width) return text;
  // As a reader sees them: a letter with its accents is one.
  const characters = Array.from(
    new Intl.Segmenter().segment(text.slice(0, MOST_DRAWN)),
    ({ segment }) => segment,
  );
  const cut = (count: number): string => `${characters.slice(0, count).join('').trimEnd()}…`;
  let [fits, tooMany] = [0, characters.length];
  while (tooMany - fits > 1) {
    const count = Math.floor((fits + tooMany) / 2);
    if ((await textWidth(cut(count), size)) <= width) fits = count;
    else tooMany = count;
  }
  return cut(fits);
}

/**
 * A line of text as an SVG element; `loadFont` first, where sharp draws it.
 *
 * @param at left end of the base line, in pixels (for `middle` the middle, for `end` the right end)
 * @param size font size in pixels: capitals are 0.73 of it high
 */
export function textSvg(
  text: string,
  { x, y, anchor = 'start' }: { x: number; y: number; anchor?: 'start' | 'middle' | 'end' },
  size: number,
  color = '#222',
): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-family="${FONT}, sans-serif" font-size="${round(size)}" fill="${color}">${escapeHtml(printable(text))}</text>`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
