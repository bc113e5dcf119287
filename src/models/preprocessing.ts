import { Failure, invalid } from '../errors.js';
import type { Preprocessing } from './classifier/index.js';

/** Longest side of an image that a network may ask for, pixels: its float32 pixels take 200 MB. */
export const largestSide = 4096;

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
  const preprocessing: Preprocessing = {
    resize: 224,
    crop: 224,
    interpolation: 'bilinear',
    channels: match[1]!.toUpperCase() as 'RGB' | 'BGR',
    scale: match[2] === '255' ? 1 : 1 / 255,
    mean: numbers(3, 0),
    std: numbers(6, 1),
  };
  return Object.entries(rules).every(([key, rule]) => rule.holds(preprocessing[key as keyof Preprocessing]))
    ? preprocessing
    : undefined;
}

/** A preprocessing for another input size; the share of the image that is cropped away stays. */
export function forSize(preprocessing: Preprocessing, size: number): Preprocessing {
  const { resize, crop } = preprocessing;
  return { ...preprocessing, resize: Math.round((resize * size) / crop), crop: size };
}

/**
 * Makes sure that a value read from a file is a preprocessing, of a size that can be computed with.
 *
 * @param name what the value is called in messages
 * @throws Failure
 */
export function checkPreprocessing(value: unknown, name: string): asserts value is Preprocessing {
  if (typeof value !== 'object' || value === null) throw failed(name, 'an object', value);
  for (const [key, { expected, holds }] of Object.entries(rules)) {
    const found = (value as Record<string, unknown>)[key];
    if (!holds(found)) throw failed(`${name}.${key}`, expected, found);
  }
  const { resize, crop } = value as Preprocessing;
  if (resize < crop) throw failed(`${name}.resize`, `at least crop (${crop})`, resize);
}

interface Rule {
  expected: string;
  holds(value: unknown): boolean;
}

const numbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length === 3 && value.every((number) => isMeasure(number));
const isMeasure = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= 1e6;

const rules: Record<keyof Preprocessing, Rule> = {
  resize: side(2 * largestSide),
  crop: side(largestSide),
  interpolation: oneOf('bilinear', 'bicubic', 'lanczos3'),
  channels: oneOf('RGB', 'BGR'),
  scale: { expected: 'a number up to a million', holds: isMeasure },
  mean: { expected: 'three numbers up to a million', holds: numbers },
  std: {
    expected: 'three numbers from a millionth to a million',
    holds: (value) => numbers(value) && value.every((deviation) => Math.abs(deviation) >= 1e-6),
  },
};

function side(most: number): Rule {
  return {
    expected: `an integer from 1 to ${most}`,
    holds: (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most,
  };
}

function oneOf(...names: string[]): Rule {
  return { expected: names.join(' or '), holds: (value) => names.includes(value as string) };
}

function failed(name: string, expected: string, found: unknown): Failure {
  return new Failure(invalid(name, expected, found).message);
}
