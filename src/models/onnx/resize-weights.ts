/** How the pixels of a resized side are made of those of the old one, by ONNX's Resize. */
export interface ResizeRule {
  mode: 'nearest' | 'linear' | 'cubic';
  /** coordinate_transformation_mode. */
  how: string;
  /** Pixels of the old side and of the new one. */
  from: number;
  to: number;
  /** As the node has it; not always to / from. */
  scale: number;
  /** nearest_mode. */
  rounding?: string;
  /** cubic_coeff_a. */
  coefficient?: number;
  /** Weights of pixels beyond the edge are dropped, and not given to the edge. */
  excludeOutside?: boolean;
  antialias?: boolean;
}

/** Ways to place the new pixels among the old ones that are computed. */
export const resizePlaces = [
  'half_pixel',
  'pytorch_half_pixel',
  'half_pixel_symmetric',
  'align_corners',
  'asymmetric',
  'tf_half_pixel_for_nn',
];

/** Where the middle of a new pixel lies, in old pixels. */
function place({ how, from, to, scale }: ResizeRule, index: number): number {
  if (how === 'align_corners') return to === 1 ? 0 : (index * (from - 1)) / (to - 1);
  if (how === 'asymmetric') return index / scale;
  if (how === 'tf_half_pixel_for_nn') return (index + 0.5) / scale;
  if (how === 'pytorch_half_pixel' && to === 1) return 0;
  const shift = how === 'half_pixel_symmetric' ? (from / 2) * (1 - to / (from * scale)) : 0;
  return shift + (index + 0.5) / scale - 0.5;
}

/** The old pixel that each new one is a copy of. */
export function nearestPixels(rule: ResizeRule): number[] {
  const { from, to, rounding = 'round_prefer_floor' } = rule;
  return Array.from({ length: to }, (_, index) => {
    const at = rule.scale === 1 && from === to ? index : place(rule, index);
    return Math.min(Math.max(round(at, rounding), 0), from - 1);
  });
}

function round(value: number, how: string): number {
  // Single precision, in which runtimes compute: a half must stay one.
  const at = Math.fround(value);
  switch (how) {
    case 'floor':
      return Math.floor(at);
    case 'ceil':
      return Math.ceil(at);
    case 'round_prefer_ceil':
      return Math.floor(at + 0.5);
    default:
      return Math.ceil(at - 0.5);
  }
}

/** Row i holds how much of each old pixel is in the new pixel i: [to · from]. */
export function resizeWeights(rule: ResizeRule): Float32Array {
  const { mode, from, to, scale, excludeOutside = false, antialias = false } = rule;
  const weights = new Float32Array(to * from);
  const shrinking = antialias ? Math.max(1, 1 / scale) : 1;
  const reach = (mode === 'cubic' ? 2 : 1) * shrinking;
  const strength = mode === 'cubic' ? cubic(rule.coefficient ?? -0.75) : triangle;
  for (let index = 0; index < to; index++) {
    let at = from === to && scale === 1 ? index : place(rule, index);
    if (mode === 'linear' && !antialias) at = Math.min(Math.max(at, 0), from - 1);
    const row = weights.subarray(index * from, (index + 1) * from);
    let sum = 0;
    for (let pixel = Math.ceil(at - reach); pixel <= Math.floor(at + reach); pixel++) {
      const weight = strength((pixel - at) / shrinking);
      const inside = Math.min(Math.max(pixel, 0), from - 1);
      if (inside !== pixel && excludeOutside) continue;
      row[inside] = row[inside]! + weight;
      sum += weight;
    }
    if (excludeOutside || antialias) row.forEach((weight, pixel) => (row[pixel] = weight / sum));
  }
  return weights;
}

function triangle(distance: number): number {
  return Math.max(0, 1 - Math.abs(distance));
}

/** @see Keys (1981), "Cubic convolution interpolation for digital image processing" */
function cubic(a: number): (distance: number) => number {
  return (distance) => {
    const d = Math.abs(distance);
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  };
}
