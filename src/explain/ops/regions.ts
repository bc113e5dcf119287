export interface RegionOptions {
  /** A region that adds fewer pixels to what is covered is left out. */
  minPixels: number;
  /** Share of the image at which to stop, 0 to 1. */
  area: number;
}

export interface Regions {
  /** Shape [pixels]: the mean attribution that each pixel's region had when it was added. */
  map: Float32Array;
  /** Shape [pixels]: 1 for the region of the highest mean, 2 for the next, …; what no region covered comes last. */
  ranks: Int32Array;
}

/**
 * Covers an image with regions, always the one next whose uncovered pixels have the highest mean attribution. The first
 * of several with the same mean wins. Sums are kept up to date, so a region is not looked at again for every step.
 *
 * @param attribution [pixels]
 * @param regions indices of each region's pixels, ascending; they may overlap
 * @see Kapishnikov et al. (2019), "XRAI: Better Attributions Through Regions", Algorithm 1
 */
export function coverByRegions(
  attribution: Float32Array,
  regions: readonly Int32Array[],
  { minPixels, area }: RegionOptions,
): Regions {
  const pixels = attribution.length;
  const owners = regionsOfPixels(regions, pixels);
  const left = regions.map((region) => region.length);
  const sums = regions.map((region) => region.reduce((sum, pixel) => sum + attribution[pixel]!, 0));
  const map = new Float32Array(pixels).fill(NaN);
  const added: { mean: number; members: number[] }[] = [];
  let candidates = regions.map((_, index) => index);
  let covered = 0;

  while (covered <= area * pixels) {
    candidates = candidates.filter((index) => left[index]! >= minPixels && left[index]! > 0);
    if (candidates.length === 0) break;
    let best = candidates[0]!;
    for (const index of candidates) if (sums[index]! / left[index]! > sums[best]! / left[best]!) best = index;
    const members = Array.from(regions[best]!).filter((pixel) => Number.isNaN(map[pixel]!));
    const mean = sums[best]! / left[best]!;
    added.push({ mean, members });
    covered += members.length;
    for (const pixel of members) {
      map[pixel] = mean;
      for (const index of owners(pixel)) {
        sums[index]! -= attribution[pixel]!;
        left[index]!--;
      }
    }
  }

  const parts = added.sort((a, b) => b.mean - a.mean).map(({ members }) => members);
  const rest = Array.from(map.keys()).filter((pixel) => Number.isNaN(map[pixel]!));
  const restMean = rest.reduce((sum, pixel) => sum + attribution[pixel]!, 0) / rest.length;
  for (const pixel of rest) map[pixel] = restMean;
  if (rest.length > 0) parts.push(rest);
  const ranks = new Int32Array(pixels);
  parts.forEach((members, index) => members.forEach((pixel) => (ranks[pixel] = index + 1)));
  return { map, ranks };
}

/** For each pixel the regions it is in, in two flat arrays. */
function regionsOfPixels(regions: readonly Int32Array[], pixels: number): (pixel: number) => Int32Array {
  const starts = new Int32Array(pixels + 1);
  for (const region of regions) for (const pixel of region) starts[pixel + 1]!++;
  for (let pixel = 0; pixel < pixels; pixel++) starts[pixel + 1]! += starts[pixel]!;
  const members = new Int32Array(starts[pixels]!);
  const next = starts.slice();
  regions.forEach((region, index) => region.forEach((pixel) => (members[next[pixel]!++] = index)));
  return (pixel) => members.subarray(starts[pixel], starts[pixel + 1]);
}
