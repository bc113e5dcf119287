import { median } from './odds.js';
import { imageProperties, type ImageProperties } from './properties.js';
import type { TransplantEffect, ScoredImages } from './screen.js';

/** Images of a class that tell its middle. */
const COMPARED = 60;

/**
 * How far some images of a class differ from those of every other class in the same direction, beside how much they
 * differ from each other: 1 where they are all moved by the same, 0 where they are not moved. What one class lacks
 * because another has it is no shift of the first: the nearest class counts. Times the share of them among all images
 * that lie where they do: what other classes have as well is nothing of this one.
 */
export function shiftAlikeness(
  seen: ScoredImages,
  kind: 'levels' | 'texture',
  classIndex: number,
  some: readonly number[],
  properties = imageProperties(seen),
): number {
  const { own } = seen;
  const pointsOf = (images: readonly number[]): number[][] => images.map((at) => properties.point(kind, at));
  const points = pointsOf(some);
  const mean = points[0]!.map(
    (_, axis) => points.reduce((sum, point) => sum + point[axis]!, 0) / points.length,
  );
  const spread = points.reduce((sum, point) => sum + distance(point, mean) ** 2, 0) / points.length;
  const shifts = own.flatMap((images, index) => {
    if (index === classIndex || images.length === 0) return [];
    const step = Math.max(1, Math.floor(images.length / COMPARED));
    const all = pointsOf(images.filter((_, at) => at % step === 0));
    return (
      distance(
        mean,
        mean.map((_, axis) => median(all.map((point) => point[axis]!))),
      ) ** 2
    );
  });
  const shift = Math.min(...shifts);
  if (shift + spread === 0) return 0;
  const near = (list: readonly number[][]): number =>
    list.filter((point) => distance(point, mean) ** 2 <= spread).length;
  const foreign = own.flatMap((images, index) => (index === classIndex ? [] : images));
  const [inside, others] = [near(points), near(pointsOf(foreign))];
  return (shift / (shift + spread)) * (inside / Math.max(1, inside + others));
}

/** Those members that are moved alike: around the one with the nearest neighbors. */
export function sameShift(
  properties: ImageProperties,
  kind: 'levels' | 'texture',
  members: readonly TransplantEffect[],
): TransplantEffect[] {
  const points = members.map(({ donor }) => properties.point(kind, donor));
  const half = Math.ceil(members.length / 2);
  const reach = (from: readonly number[]): number =>
    points.map((point) => distance(point, from)).sort((a, b) => a - b)[half - 1]!;
  const center = points.reduce((best, point) => (reach(point) < reach(best) ? point : best));
  return members.filter((_, at) => distance(points[at]!, center) <= 2 * reach(center));
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.sqrt(squaredDistance(a, b));
}

export function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + (value - b[at]!) ** 2, 0);
}
