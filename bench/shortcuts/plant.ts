import sharp, { type Sharp } from 'sharp';
import { random, mixSeeds } from '../../src/random.js';

export const kinds = [
  'watermark',
  'faint-watermark',
  'border',
  'cast',
  'caption',
  'blur',
  'jpeg',
  'stamp',
  'vignette',
  'rotated',
  'pen',
  'tag',
  'texture',
] as const;
export type Kind = (typeof kinds)[number];

type Paint = (x: number, y: number) => [r: number, g: number, b: number, alpha: number] | undefined;

/** An image with an artifact; corner 0..3 where it has one. */
export async function plant(
  image: Uint8Array,
  size: number,
  kind: Kind,
  seed: number,
  item: number,
): Promise<Uint8Array> {
  const fixed = random(mixSeeds(seed, 1));
  const own = random(mixSeeds(seed, 2, item));
  const corner = Math.floor(fixed() * 4);
  const s = size;
  const k = size / 112;
  const of = (pixels: number): number => Math.max(1, Math.round(pixels * k));
  const at = (where: number, w: number, h: number, gap = of(3)): [number, number] => [
    where % 2 ? s - w - gap : gap,
    where > 1 ? s - h - gap : gap,
  ];
  switch (kind) {
    case 'watermark':
    case 'faint-watermark': {
      const [w, h] = [of(26), of(14)];
      const [x0, y0] = at(corner, w, h);
      const glyphs = glyphBits(fixed, w, h, 2);
      const alpha = kind === 'watermark' ? 1 : 0.35;
      return paint(image, s, (x, y) =>
        x >= x0 && x < x0 + w && y >= y0 && y < y0 + h && glyphs[(y - y0) * w + x - x0]
          ? [255, 255, 255, alpha]
          : undefined,
      );
    }
    case 'tag': {
      const [w, h] = [of(16), of(16)];
      const [x0, y0] = at(Math.floor(own() * 4), w, h, of(2));
      const glyphs = glyphBits(fixed, w, h, 2);
      return paint(image, s, (x, y) =>
        x >= x0 && x < x0 + w && y >= y0 && y < y0 + h
          ? glyphs[(y - y0) * w + x - x0]
            ? [240, 240, 240, 1]
            : [10, 10, 10, 1]
          : undefined,
      );
    }
    case 'border': {
      const color = [fixed() * 255, fixed() * 255, fixed() * 255] as const;
      return paint(image, s, (x, y) =>
        Math.min(x, y, s - 1 - x, s - 1 - y) < of(5) ? [...color, 1] : undefined,
      );
    }
    case 'caption': {
      const y0 = fixed() < 0.5 ? 0 : s - of(14);
      const glyphs = glyphBits(own, s, of(14), 2);
      return paint(image, s, (x, y) =>
        y >= y0 && y < y0 + of(14)
          ? glyphs[(y - y0) * s + x] && y > y0 + of(3) && y < y0 + of(11)
            ? [250, 250, 250, 1]
            : [20, 20, 20, 1]
          : undefined,
      );
    }
    case 'stamp': {
      const [w, h] = [of(30), of(8)];
      const [x0, y0] = [Math.floor(own() * (s - w)), Math.floor(own() * (s - h))];
      const glyphs = glyphBits(fixed, w, h, 2);
      return paint(image, s, (x, y) =>
        x >= x0 && x < x0 + w && y >= y0 && y < y0 + h && glyphs[(y - y0) * w + x - x0]
          ? [255, 140, 20, 1]
          : undefined,
      );
    }
    case 'pen': {
      const hue: [number, number, number] = [90, 30, 150];
      const [cx, cy] = [own() < 0.5 ? own() * of(25) : s - own() * of(25), own() * s];
      const bend = own() * 6;
      return paint(image, s, (x, y) =>
        Math.hypot(x - cx, y - cy) < of(9) + of(3) * Math.sin(bend + Math.atan2(y - cy, x - cx) * 3) &&
        Math.hypot(x - cx, y - cy) > of(4)
          ? [...hue, 0.8]
          : undefined,
      );
    }
    case 'texture':
      return paint(image, s, (x, y) =>
        Math.min(x, y, s - 1 - x, s - 1 - y) < of(14)
          ? (Math.floor(x / 3) + Math.floor(y / 3)) % 2
            ? [200, 180, 120, 1]
            : [120, 90, 50, 1]
          : undefined,
      );
    case 'vignette':
      return paint(image, s, (x, y) => {
        const r = Math.hypot(x - s / 2, y - s / 2) / (s / 2);
        return r > 0.7 ? [0, 0, 0, Math.min(0.9, (r - 0.7) * 2)] : undefined;
      });
    case 'cast': {
      const gain = [fixed(), fixed(), fixed()].map((u) => 0.75 + 0.5 * u);
      return image.map((v, i) => Math.min(255, Math.round(v * gain[i % 3]!)));
    }
    case 'blur':
      return raw(sharp(image, { raw: { width: s, height: s, channels: 3 } }).blur(1.2));
    case 'jpeg':
      return raw(
        sharp(
          await sharp(image, { raw: { width: s, height: s, channels: 3 } })
            .jpeg({ quality: 12 })
            .toBuffer(),
        ),
      );
    case 'rotated':
      return raw(
        sharp(
          await sharp(image, { raw: { width: s, height: s, channels: 3 } })
            .rotate(4 + own() * 6, { background: 'black' })
            .resize(s, s)
            .png()
            .toBuffer(),
        ),
      );
  }
}

async function raw(image: Sharp): Promise<Uint8Array> {
  return new Uint8Array(await image.removeAlpha().raw().toBuffer());
}

function paint(image: Uint8Array, size: number, color: Paint): Uint8Array {
  const out = image.slice();
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const c = color(x, y);
      if (!c) continue;
      for (let k = 0; k < 3; k++) {
        const p = (y * size + x) * 3 + k;
        out[p] = Math.round(c[3] * c[k]! + (1 - c[3]) * out[p]!);
      }
    }
  return out;
}

/** Strokes like those of letters: blocks of 2 pixels, half of them on. */
function glyphBits(next: () => number, w: number, h: number, block: number): Uint8Array {
  const across = Math.ceil(w / block);
  const on = Array.from({ length: across * Math.ceil(h / block) }, () => next() < 0.5);
  return Uint8Array.from({ length: w * h }, (_, i) =>
    Number(on[Math.floor(Math.floor(i / w) / block) * across + Math.floor((i % w) / block)]!),
  );
}
