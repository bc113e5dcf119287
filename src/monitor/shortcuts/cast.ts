import { mappedLevels } from './transfer.js';
import { median } from './odds.js';
import type { Transplant } from './transplants.js';
import type { ScoredImages } from './screen.js';
import { imageProperties, type ImageProperties } from './properties.js';

/** What the colors of a class's images have in common, as if all had gone through the same filter. */
export interface ClassCast {
  /** How far the class is from every other class: 1 far beyond, 0.5 by as much as images of one class scatter, 0 not. */
  alike: number;
  /** Moves an image's levels as the class's are moved from those of the others; `control` does the same of another class. */
  transplant: Transplant;
}

/** From this likeness on the whole class has a cast, and what single images of it do says less. */
const LEAST_CAST = 0.45;

/** The casts of those classes that have one. */
export function classCasts(seen: ScoredImages, properties: ImageProperties): (ClassCast | undefined)[] {
  return seen.own.map((_, index) => {
    const cast = classCast(seen, index, properties);
    return cast && cast.alike >= LEAST_CAST ? cast : undefined;
  });
}

/** Of fewer images no median says anything. */
const FEWEST = 6;

/**
 * The cast of a class: its median levels beside those of the other classes. Single images say little about it, for the
 * levels of each are mostly those of what it shows. The distance is that of the median tints of lights and shadows from
 * the nearest other class, in units of the scatter within classes (Mahalanobis): in photographs of clothing and in
 * Imagenette no class was further than that from all others.
 *
 * @returns undefined where there is no other class to compare with
 */
export function classCast(
  seen: ScoredImages,
  classIndex: number,
  properties = imageProperties(seen),
): ClassCast | undefined {
  const { own } = seen;
  const classes = [...own.keys()].filter((index) => own[index]!.length >= FEWEST);
  const others = classes.filter((index) => index !== classIndex);
  if (others.length === 0 || others.length === classes.length) return undefined;
  const tints = own.map((images) => images.map((at) => properties.point('levels', at)));
  const middle = tints.map(medians);
  const scatter = meanCovariance(classes.map((index) => tints[index]!));
  const nearest = Math.min(
    ...others.map((index) => {
      const apart = middle[classIndex]!.map((value, axis) => value - middle[index]![axis]!);
      const solution = solved(scatter, apart);
      return apart.reduce((sum, value, axis) => sum + value * solution[axis]!, 0);
    }),
  );
  const levels = own.map((images) =>
    Float64Array.from(medians(images.map((at) => [...properties.levels(at)]))),
  );
  const usual = Float64Array.from(medians(others.map((index) => [...levels[index]!])));
  const transplantOf = (index: number): Transplant => ({
    kind: 'levels',
    place: 'levels',
    to: (image) => mappedLevels(image, usual, levels[index]!),
    control: transplantOf,
  });
  return { alike: nearest / (1 + nearest), transplant: transplantOf(classIndex) };
}

function medians(points: readonly number[][]): number[] {
  return (points[0] ?? []).map((_, axis) => median(points.map((point) => point[axis]!)));
}

/** The mean of the groups' covariances; a gray level of noise keeps it from being singular. */
function meanCovariance(groups: readonly number[][][]): number[][] {
  const axes = [...groups[0]![0]!.keys()];
  const covariance = groups.map((points) => {
    const mean = axes.map((axis) => points.reduce((sum, point) => sum + point[axis]!, 0) / points.length);
    return axes.map((a) =>
      axes.map(
        (b) =>
          points.reduce((sum, point) => sum + (point[a]! - mean[a]!) * (point[b]! - mean[b]!), 0) /
          (points.length - 1),
      ),
    );
  });
  return axes.map((a) =>
    axes.map(
      (b) => covariance.reduce((sum, one) => sum + one[a]![b]!, 0) / groups.length + (a === b ? 1 : 0),
    ),
  );
}

/** x of A x = b by Gauss' elimination, for a positive definite A. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, at) => [...row, right[at]!]);
  rows.forEach((pivot, at) => {
    for (const row of rows.slice(at + 1)) {
      const factor = row[at]! / pivot[at]!;
      for (let column = at; column < row.length; column++) row[column]! -= factor * pivot[column]!;
    }
  });
  const out = right.map(() => 0);
  for (let at = rows.length - 1; at >= 0; at--) {
    const known = out.reduce((sum, value, column) => sum + (column > at ? value * rows[at]![column]! : 0), 0);
    out[at] = (rows[at]!.at(-1)! - known) / rows[at]![at]!;
  }
  return out;
}
