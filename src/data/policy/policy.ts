import { invalid } from '../../errors.js';
import type { Random } from '../../random.js';
import { operations, signed, type OperationName } from './operations.js';
import type { RgbImage } from './rgb-image.js';

/** The highest magnitude: torchvision's 31 bins. */
export const mostMagnitude = 30;

/**
 * A published way of distorting training images.
 * - rand-augment: `ops` operations in a row, drawn from 14, each of the same magnitude (Cubuk et al. 2020).
 * - trivial-augment: one operation of a magnitude that is drawn too, in wider ranges (Müller & Hutter 2021, "wide").
 */
export type Policy =
  | {
      name: 'rand-augment';
      ops: number;
      /** 0 to 30. */
      magnitude: number;
    }
  | { name: 'trivial-augment' };

/** How much each operation does at magnitude m of 30. */
type Amounts = Record<OperationName, (share: number, image: Pick<RgbImage, 'width' | 'height'>) => number>;

const none = () => 0;
const upTo = (most: number) => (share: number) => most * share;
const fewerBits = (most: number) => (share: number) => 8 - roundHalfToEven(most * share);
const fewerLevels = (share: number) => 255 * (1 - share);

const amounts: Record<Policy['name'], Amounts> = {
  'rand-augment': {
    identity: none,
    shearX: upTo(0.3),
    shearY: upTo(0.3),
    translateX: (share, { width }) => (150 / 331) * width * share,
    translateY: (share, { height }) => (150 / 331) * height * share,
    rotate: upTo(30),
    brightness: upTo(0.9),
    color: upTo(0.9),
    contrast: upTo(0.9),
    sharpness: upTo(0.9),
    posterize: fewerBits(4),
    solarize: fewerLevels,
    autoContrast: none,
    equalize: none,
  },
  'trivial-augment': {
    identity: none,
    shearX: upTo(0.99),
    shearY: upTo(0.99),
    translateX: upTo(32),
    translateY: upTo(32),
    rotate: upTo(135),
    brightness: upTo(0.99),
    color: upTo(0.99),
    contrast: upTo(0.99),
    sharpness: upTo(0.99),
    posterize: fewerBits(6),
    solarize: fewerLevels,
    autoContrast: none,
    equalize: none,
  },
};

const names = Object.keys(operations) as OperationName[];

/**
 * An image as a policy distorts it: operations and ranges of torchvision's RandAugment and TrivialAugmentWide on PIL
 * images, with black where nothing is left of the image.
 *
 * @param next draws operations, signs and, for trivial-augment, the magnitude
 * @returns pixels of an image of the same size; those of the image itself where nothing is to be done
 */
export function distorted(policy: Policy, image: RgbImage, next: Random): Uint8Array {
  const rounds = policy.name === 'rand-augment' ? policy.ops : 1;
  let { pixels } = image;
  for (let round = 0; round < rounds; round++) {
    const name = names[Math.floor(next() * names.length)]!;
    const magnitude =
      policy.name === 'rand-augment' ? policy.magnitude : Math.floor(next() * (mostMagnitude + 1));
    const isNegative = signed.has(name) && next() < 0.5;
    pixels = applied(policy.name, name, magnitude, isNegative, { ...image, pixels });
  }
  return pixels;
}

/**
 * One operation of a policy.
 *
 * @param magnitude 0 to 30
 * @param isNegative with the amount's sign turned, where the operation has one
 * @returns pixels of an image of the same size; those of the image itself where nothing is to be done
 */
export function applied(
  policy: Policy['name'],
  operation: OperationName,
  magnitude: number,
  isNegative: boolean,
  image: RgbImage,
): Uint8Array {
  const amount = amounts[policy][operation](magnitude / mostMagnitude, image);
  return operations[operation](image, isNegative ? -amount : amount);
}

/** Refuses a policy that cannot work. Throws InvalidInput that names the wrong field. */
export function checkPolicy(policy: Policy): Policy {
  if (!Object.hasOwn(amounts, policy.name))
    throw invalid('policy.name', `one of ${Object.keys(amounts).join(', ')}`, policy.name);
  if (policy.name !== 'rand-augment') return policy;
  const { ops, magnitude } = policy;
  if (!(Number.isInteger(ops) && ops > 0)) throw invalid('policy.ops', 'a whole number above 0', ops);
  if (!(Number.isInteger(magnitude) && magnitude >= 0 && magnitude <= mostMagnitude))
    throw invalid('policy.magnitude', `a whole number from 0 to ${mostMagnitude}`, magnitude);
  return policy;
}

/** As torch.round. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + (below % 2) : Math.round(x);
}
