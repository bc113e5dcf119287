import { GLYPHS, MISSING_GLYPH } from './glyphs.js';

const UNITS_PER_EM = 20;
const SPACING = 3.8;
const STROKE = 1.7;

/** Width of a line of text in pixels at a font size of `size` pixels. */
export function textWidth(text: string, size: number): number {
  const units = glyphs(text).reduce((sum, [width]) => sum + width + SPACING, 0);
  return (Math.max(0, units - SPACING) * size) / UNITS_PER_EM;
}

/** The text, or as much of its beginning as fits into `width` pixels, with … at the end. */
export function ellipsize(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  const characters = [...text];
  while (characters.length > 0 && textWidth(`${characters.join('')}…`, size) > width) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

/**
 * A line of text as an SVG element, drawn from the built-in stroke font: no font of the machine is needed. Accents
 * are dropped; a character that the font lacks becomes a box.
 *
 * @param at left end of the base line, in pixels (for `middle` the middle, for `end` the right end)
 * @param size font size in pixels: capitals are 0.7 of it high
 */
export function textSvg(
  text: string,
  at: { x: number; y: number; anchor?: 'start' | 'middle' | 'end' },
  size: number,
  color = '#222',
): string {
  const scale = size / UNITS_PER_EM;
  const share = { start: 0, middle: 0.5, end: 1 }[at.anchor ?? 'start'];
  const left = at.x - textWidth(text, size) * share;
  const top = at.y - 14 * scale;
  let pen = 0;
  let strokes = '';
  for (const [width, path] of glyphs(text)) {
    if (path) strokes += `<path transform="translate(${round(pen)} 0)" d="${path}"/>`;
    pen += width + SPACING;
  }
  return (
    `<g transform="translate(${round(left)} ${round(top)}) scale(${round(scale)})" fill="none" stroke="${color}" ` +
    `stroke-width="${STROKE}" stroke-linecap="round" stroke-linejoin="round">${strokes}</g>`
  );
}

function glyphs(text: string): (readonly [number, string])[] {
  return [...text].flatMap((character) => {
    if (GLYPHS[character]) return [GLYPHS[character]];
    const plain = character.normalize('NFKD').replace(/\p{Mark}/gu, '');
    return [...plain].map((part) => GLYPHS[part] ?? MISSING_GLYPH);
  });
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
