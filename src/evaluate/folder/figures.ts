import {
  encodePng,
  lineChart,
  sanitySheet,
  type SanityMaps,
  type Series,
  svgFile,
} from '../../report/index.js';
import type { EvaluationImages } from './images.js';
import type { Figure } from './types.js';

/** Mean insertion and deletion curves (the paper's Figure 4, over all images). */
export function areaCurves(curves: Record<string, { insertion: number[]; deletion: number[] }>): Figure[] {
  return (['insertion', 'deletion'] as const).flatMap((side) =>
    probabilityChart(
      `${side}.svg`,
      side,
      side === 'insertion' ? 'share of the pixels inserted' : 'share of the pixels deleted',
      Object.entries(curves).map(([name, { [side]: y }]) => ({
        name,
        points: y.map((value, step) => [step / (y.length - 1), value]),
      })),
    ),
  );
}

/** Mean probability over the share of the pixels that was removed. */
export function removalCurves(
  curves: Record<string, { shares: readonly number[]; mostRelevant: number[]; leastRelevant: number[] }>,
): Figure[] {
  return (['mostRelevant', 'leastRelevant'] as const).flatMap((side) =>
    probabilityChart(
      side === 'mostRelevant' ? 'most-relevant-first.svg' : 'least-relevant-first.svg',
      side === 'mostRelevant' ? 'most relevant first' : 'least relevant first',
      'share of the pixels removed',
      Object.entries(curves).map(([name, { shares, [side]: y }]) => ({
        name,
        points: y.map((value, step) => [shares[step]!, value]),
      })),
    ),
  );
}

function probabilityChart(name: string, title: string, xName: string, series: Series[]): Figure[] {
  const axes = { xName, yName: 'probability', xRange: [0, 1], range: [0, 1] } as const;
  const svg = lineChart(series, { title, ...axes, markers: false });
  return svg ? [{ name, content: svgFile(svg) }] : [];
}

/** The paper's Figure 6 for one image. */
export async function sanityPicture(
  images: EvaluationImages,
  states: readonly SanityMaps[],
): Promise<Figure[]> {
  if (states.length === 0) return [];
  for await (const { pixels, shape, files } of images.batches((file) => file !== states[0]!.file)) {
    const [, height, width] = shape;
    const index = files.indexOf(states[0]!.file);
    if (index < 0) continue;
    const own = pixels.slice(index * width * height * 3, (index + 1) * width * height * 3);
    const picture = await sanitySheet({ pixels: own, width, height }, states);
    return [{ name: 'sanity.png', content: await encodePng(picture) }];
  }
  return [];
}
