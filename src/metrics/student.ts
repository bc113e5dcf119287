import { invalid } from '../errors.js';

/**
 * The probability that Student's t is as far from 0 as `t`, to either side: the p value of a two-sided test.
 *
 * @param t any number; the sign does not count
 * @param degrees of freedom, above 0
 * @returns in [0, 1]; absolute error below 1e-12
 * @see Abramowitz & Stegun (1964), 26.7.1: the regularized incomplete beta function
 */
export function studentTwoSided(t: number, degrees: number): number {
  if (!(degrees > 0)) throw invalid('degrees', 'a number above 0', degrees);
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/**
 * How far from 0 Student's t gets with a probability of 1 − share: the factor of a two-sided interval.
 *
 * @param share of the distribution within ±t, in [0, 1); 0.95 for the usual interval
 * @param degrees of freedom, above 0
 */
export function studentQuantile(share: number, degrees: number): number {
  if (!(share >= 0 && share < 1)) throw invalid('share', 'a number from 0 to below 1', share);
  let [low, high] = [0, 1];
  while (studentTwoSided(high, degrees) > 1 - share) high *= 2;
  for (let round = 0; round < 200 && high - low > 1e-12 * high; round++) {
    const middle = (low + high) / 2;
    if (studentTwoSided(middle, degrees) > 1 - share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** I_x(a, b), by the continued fraction of Lentz (1976) on the side where it converges fast. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const kept = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / kept(1 + even * d);
    c = kept(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / kept(1 + odd * d);
    c = kept(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

/** ln Γ(x) for x above 0: Stirling's series, its argument raised to 10 first. */
function logGamma(x: number): number {
  let [raised, product] = [x, 1];
  while (raised < 10) product *= raised++;
  const square = 1 / (raised * raised);
  const series =
    (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / raised;
  return (
    (raised - 0.5) * Math.log(raised) - raised + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
  );
}
