import type { Random } from '../../random.js';

/**
 * A number from Beta(alpha, alpha): two of the gamma distribution, in logarithms, so that a small alpha is no 0 / 0.
 *
 * @param alpha above 0
 * @returns in [0, 1]
 */
export function symmetricBeta(alpha: number, next: Random): number {
  const [one, other] = [logGamma(alpha, next), logGamma(alpha, next)];
  return 1 / (1 + Math.exp(other - one));
}

/** The logarithm of a number from the gamma distribution with this shape (Marsaglia & Tsang 2000, with their boost below 1). */
function logGamma(shape: number, next: Random): number {
  if (shape < 1) return logGamma(shape + 1, next) + Math.log(positive(next)) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(next);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(positive(next)) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}

/** Box & Muller (1958). */
function normal(next: Random): number {
  return Math.sqrt(-2 * Math.log(positive(next))) * Math.cos(2 * Math.PI * next());
}

/** In (0, 1]. */
function positive(next: Random): number {
  return 1 - next();
}
