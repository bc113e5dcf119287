import { gaussianFilter } from './gaussian.js';

export interface FelzenszwalbOptions {
  /** Larger makes larger segments; one segmentation for each. */
  scales: readonly number[];
  /** Standard deviation of the blur before, pixels. */
  sigma: number;
  /** The least pixels of a segment. */
  minSize: number;
}

/**
 * Efficient graph-based segmentation, with the labels of scikit-image's `felzenszwalb` (edges of equal cost in a fixed
 * order). The edges do not depend on the scale: they are made and sorted once.
 *
 * @param image [height, width, channels] in row-major order
 * @returns for each scale, labels 0, 1, … [height · width], numbered as they appear row by row
 * @see Felzenszwalb & Huttenlocher (2004), "Efficient Graph-Based Image Segmentation"
 */
export function felzenszwalb(
  image: Float64Array,
  shape: [number, number, number],
  { scales, sigma, minSize }: FelzenszwalbOptions,
): Int32Array[] {
  const edges = sortedEdges(gaussianFilter(image, shape, sigma), shape);
  return scales.map((scale) => segment(edges, shape[0] * shape[1], scale / 255, minSize));
}

interface Edges {
  cost: Float64Array;
  from: Int32Array;
  to: Int32Array;
}

/** Differences between neighbors in four directions, the least first. */
function sortedEdges(image: Float64Array, [height, width, channels]: [number, number, number]): Edges {
  const directions = [
    { row: 0, column: 1 },
    { row: 1, column: 0 },
    { row: 1, column: 1 },
    { row: -1, column: 1 },
  ];
  const capacity = 4 * height * width;
  const [cost, from, to] = [new Float64Array(capacity), new Int32Array(capacity), new Int32Array(capacity)];
  let count = 0;
  for (const { row, column } of directions) {
    for (let y = Math.max(0, -row); y < height - Math.max(0, row); y++) {
      for (let x = 0; x < width - column; x++) {
        const here = y * width + x;
        const there = (y + row) * width + x + column;
        let squares = 0;
        for (let channel = 0; channel < channels; channel++) {
          squares += (image[there * channels + channel]! - image[here * channels + channel]!) ** 2;
        }
        cost[count] = Math.sqrt(squares);
        from[count] = there;
        to[count++] = here;
      }
    }
  }
  const order = Int32Array.from({ length: count }, (_, edge) => edge).sort(
    (a, b) => cost[a]! - cost[b]! || a - b,
  );
  return {
    cost: Float64Array.from(order, (edge) => cost[edge]!),
    from: Int32Array.from(order, (edge) => from[edge]!),
    to: Int32Array.from(order, (edge) => to[edge]!),
  };
}

function segment({ cost, from, to }: Edges, pixels: number, scale: number, minSize: number): Int32Array {
  const parent = Int32Array.from({ length: pixels }, (_, pixel) => pixel);
  const size = new Int32Array(pixels).fill(1);
  const inner = new Float64Array(pixels);
  const root = (pixel: number): number => {
    let found = pixel;
    while (parent[found]! !== found) {
      parent[found] = parent[parent[found]!]!;
      found = parent[found]!;
    }
    return found;
  };
  const join = (a: number, b: number): number => {
    // The first pixel of a segment stands for it.
    const [first, second] = a < b ? [a, b] : [b, a];
    parent[second] = first;
    size[first]! += size[second]!;
    return first;
  };
  for (let edge = 0; edge < cost.length; edge++) {
    const [a, b] = [root(from[edge]!), root(to[edge]!)];
    if (a === b) continue;
    const most = Math.min(inner[a]! + scale / size[a]!, inner[b]! + scale / size[b]!);
    if (cost[edge]! < most) inner[join(a, b)] = cost[edge]!;
  }
  for (let edge = 0; edge < cost.length; edge++) {
    const [a, b] = [root(from[edge]!), root(to[edge]!)];
    if (a !== b && (size[a]! < minSize || size[b]! < minSize)) join(a, b);
  }
  return numbered(parent, root);
}

function numbered(parent: Int32Array, root: (pixel: number) => number): Int32Array {
  const labels = new Map<number, number>();
  return parent.map((_, pixel) => {
    const first = root(pixel);
    const label = labels.get(first) ?? labels.size;
    labels.set(first, label);
    return label;
  });
}
