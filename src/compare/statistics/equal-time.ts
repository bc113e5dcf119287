import type { CurvePoint } from '../types.js';

/**
 * Validation accuracy at a training time, linear between the ends of two epochs; that of the last epoch behind it. Not known
 * where one of the two was not validated: accuracy does not rise evenly over several epochs.
 *
 * The schedule of the learning rate is that of the whole run: an arm that is cut off here was not trained for this time
 * budget, so the figure is rather too low for arms that cost more.
 *
 * @param curve by rising time, the first point at 0 seconds
 * @param seconds from 0
 * @returns in [0, 1]; null where there is no point, or it is not known
 */
export function accuracyAt(curve: readonly CurvePoint[], seconds: number): number | null {
  const after = curve.findIndex((point) => point.seconds >= seconds);
  if (after <= 0) return (after === 0 ? curve[0] : curve.at(-1))?.top1 ?? null;
  const [left, right] = [curve[after - 1]!, curve[after]!];
  if (seconds < right.seconds && right.epoch - left.epoch > 1) return null;
  const share = (seconds - left.seconds) / (right.seconds - left.seconds);
  return left.top1 + share * (right.top1 - left.top1);
}
