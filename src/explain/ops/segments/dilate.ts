/**
 * The segments of a label map, each widened by a disk.
 *
 * @param labels 0, 1, … [height · width]
 * @param radius of the disk in pixels, 0 or more
 * @returns for each label the indices of its pixels, ascending
 */
export function dilate(labels: Int32Array, width: number, radius: number): Int32Array[] {
  const height = labels.length / width;
  const disk: [number, number][] = [];
  for (let y = -radius; y <= radius; y++) {
    for (let x = -radius; x <= radius; x++) {
      if (x * x + y * y <= radius * radius) disk.push([y, x]);
    }
  }
  const neighbors: [number, number][] = [
    [-1, 0],
    [1, 0],
    [0, -1],
    [0, 1],
  ];
  const label = (y: number, x: number) =>
    y < 0 || x < 0 || y >= height || x >= width ? -1 : labels[y * width + x]!;

  // The disks of a segment's inner pixels lie inside of the segment and the disks of its edge.
  const edges: number[][] = [];
  const members: number[][] = [];
  labels.forEach((own, pixel) => {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    (members[own] ??= []).push(pixel);
    edges[own] ??= [];
    const others = neighbors.map(([down, right]) => label(y + down, x + right));
    if (others.some((other) => other !== own && other >= 0)) edges[own].push(pixel);
  });

  const seen = new Int32Array(labels.length).fill(-1);
  return members.map((pixels, own) => {
    const wide = [...pixels];
    pixels.forEach((pixel) => (seen[pixel] = own));
    for (const pixel of edges[own]!) {
      const [y, x] = [Math.floor(pixel / width), pixel % width];
      for (const [down, right] of disk) {
        if (label(y + down, x + right) < 0) continue;
        const other = (y + down) * width + x + right;
        if (seen[other] === own) continue;
        seen[other] = own;
        wide.push(other);
      }
    }
    return Int32Array.from(wide).sort();
  });
}
