import type { Preprocessing } from './classifier/index.js';

/** What torchvision's ImageNet weights expect. */
export const torchvisionPreprocessing: Preprocessing = {
  resize: 256,
  crop: 224,
  interpolation: 'bilinear',
  channels: 'RGB',
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/**
 * Reads a preprocessing written as "bgr, 0..255, minus 103.939,116.779,123.68": order of the channels, range of the
 * values, and what is subtracted and ("over a,b,c") divided by, in the order of the channels. It says nothing of a
 * larger resize before the crop, so there is none.
 *
 * @returns undefined where the text reads otherwise
 */
export function parsePreprocessing(text: string): Preprocessing | undefined {
  const triple = String.raw`(-?[\d.]+),\s*(-?[\d.]+),\s*(-?[\d.]+)`;
  const form = new RegExp(`^(rgb|bgr), 0\\.\\.(255|1)(?:, minus ${triple})?(?:, over ${triple})?$`, 'i');
  const match = form.exec(text.trim());
  if (!match) return undefined;
  const numbers = (from: number, otherwise: number) =>
    [0, 1, 2].map((index) => Number(match[from + index] ?? otherwise)) as [number, number, number];
  return {
    resize: 224,
    crop: 224,
    interpolation: 'bilinear',
    channels: match[1]!.toUpperCase() as 'RGB' | 'BGR',
    scale: match[2] === '255' ? 1 : 1 / 255,
    mean: numbers(3, 0),
    std: numbers(6, 1),
  };
}

/** A preprocessing for another input size; the share of the image that is cropped away stays. */
export function forSize(preprocessing: Preprocessing, size: number): Preprocessing {
  const { resize, crop } = preprocessing;
  return { ...preprocessing, resize: Math.round((resize * size) / crop), crop: size };
}

/** Whether a value read from a file is a preprocessing. */
export function isPreprocessing(value: unknown): value is Preprocessing {
  const candidate = value as Partial<Preprocessing> | null | undefined;
  const isTriple = (list: unknown) => Array.isArray(list) && list.length === 3 && list.every(Number.isFinite);
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    Number.isInteger(candidate.resize) &&
    Number.isInteger(candidate.crop) &&
    ['bilinear', 'bicubic', 'lanczos3'].includes(candidate.interpolation ?? '') &&
    ['RGB', 'BGR'].includes(candidate.channels ?? '') &&
    Number.isFinite(candidate.scale) &&
    isTriple(candidate.mean) &&
    isTriple(candidate.std) &&
    !candidate.std!.includes(0)
  );
}
