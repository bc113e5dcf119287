import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import sharp from 'sharp';

/** The font of the package dejavu-fonts-ttf: Latin, Greek, Cyrillic, Hebrew, Arabic, Armenian, Georgian, symbols. */
export const FONT = 'DejaVu Sans';

const resolve = createRequire(import.meta.url).resolve;
let loading: Promise<void> | undefined;

/**
 * Makes the font known to sharp, for this process: texts of an SVG may use it from then on. What the font lacks comes
 * from a font of the system, or is a box with the code of the character.
 */
export function loadFont(): Promise<void> {
  return (loading ??= load());
}

async function load(): Promise<void> {
  const { FONTCONFIG_FILE, FONTCONFIG_PATH } = process.env;
  // A system without fontconfig's file works too, but fontconfig would say so on stderr; this one adds nothing.
  if (
    process.platform === 'linux' &&
    !FONTCONFIG_FILE &&
    !FONTCONFIG_PATH &&
    !existsSync('/etc/fonts/fonts.conf')
  )
    process.env['FONTCONFIG_FILE'] = resolve('dejavu-fonts-ttf/fontconfig/57-dejavu-sans.conf');
  await measured('x', 16);
}

/** Size of the ink of a line of text at a font size of `size` pixels. */
export async function measured(text: string, size: number): Promise<{ width: number; height: number }> {
  const fontfile = resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
  const { info } = await sharp({ text: { text, fontfile, font: `${FONT} ${size}`, dpi: 72 } })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height };
}
