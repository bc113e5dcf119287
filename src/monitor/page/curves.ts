import type { EpochLine, MetricsLine, StartLine } from '../../log/index.js';
import type { EpochChange } from '../convergence.js';
import type { ChartDocument, SeriesDocument } from './document.js';
import { number } from './values.js';

const CURVES = 'Curves';
export const CHANGES = 'How the maps change from one epoch to the next';
export const FLOOR_TITLE = 'Change over noise floor (1: what a flip or a small crop does)';
const SHARE = [0, 1] as const;
const FROM_ZERO = [0, 0] as const;

/** The charts of a run; one without a point is left out. */
export function curves(lines: readonly MetricsLine[], changes: readonly EpochChange[]): ChartDocument[] {
  const epochs = lines.filter((line): line is EpochLine => line.kind === 'epoch');
  // The start has validation values alone: it is point 0 of their curves.
  const start = lines.filter((line): line is StartLine => line.kind === 'start');
  const all: Record<string, unknown>[] = [...start.map((line) => ({ ...line })), ...epochs];
  const perEpoch = (name: string, key: string): SeriesDocument => ({
    name,
    points: all.map((line) => [number(line['epoch']), number(line[key])]),
  });
  return plotted([
    chart(CURVES, 'Loss', [
      stepLoss(lines, epochs),
      perEpoch('training', 'trainLoss'),
      perEpoch('validation', 'valLoss'),
    ]),
    chart(CURVES, 'Validation accuracy', [perEpoch('top-1', 'valTop1'), perEpoch('top-5', 'valTop5')], SHARE),
    chart(CURVES, 'Learning rate', [perEpoch('learning rate', 'learningRate')]),
    chart(CURVES, 'Images per second', [perEpoch('images/s', 'imagesPerSecond')], FROM_ZERO),
    chart(CURVES, 'Share of images augmented', [perEpoch('share', 'shareAugmented')], SHARE),
    chart(CURVES, 'Zero maps (image left as it is)', [perEpoch('images', 'zeroMaps')], SHARE),
    chart(CURVES, 'Mean mask area', [perEpoch('share of the image', 'maskArea')], SHARE),
    chart(CHANGES, FLOOR_TITLE, [perEpoch('change ÷ floor', 'changeOverFloor')], SHARE),
    ...changeCharts(changes),
  ]);
}

/** The charts of how maps change from one snapshot to the next; one without a point is left out. */
export function changeCharts(changes: readonly EpochChange[]): ChartDocument[] {
  const change = (name: string, key: keyof EpochChange): SeriesDocument => ({
    name,
    points: changes.map((one) => [one.epoch, number(one[key])]),
  });
  const constant = changes.reduce((sum, one) => sum + one.constant, 0);
  const pairs = changes.reduce((sum, { images }) => sum + images, 0);
  const left = `No correlation is defined for a constant map: ${constant} of ${pairs} pairs of maps are left out of Pearson's and Spearman's.`;
  const agreement = [
    change('IoU of masks', 'iou'),
    change('Pearson', 'pearson'),
    change('Spearman', 'spearman'),
  ];
  return plotted([
    {
      ...chart(CHANGES, 'Agreement with the snapshot before', agreement, SHARE),
      ...(constant > 0 && { note: left }),
    },
    chart(
      CHANGES,
      'Mean absolute difference (maps in [0, 1])',
      [change('difference', 'meanAbsoluteDifference')],
      FROM_ZERO,
    ),
  ]);
}

/** The charts with the points that are finite; one without a point is left out. */
export function plotted(charts: readonly ChartDocument[]): ChartDocument[] {
  return charts.flatMap((chart) => {
    const series = chart.series
      .map((one) => ({
        ...one,
        points: one.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)),
      }))
      .filter(({ points }) => points.length > 0);
    return series.length > 0 ? [{ ...chart, series }] : [];
  });
}

function chart(
  section: string,
  title: string,
  series: SeriesDocument[],
  range?: ChartDocument['range'],
): ChartDocument {
  return { section, title, series, ...(range && { range }) };
}

/** The loss of the steps, on the axis of the epochs: step 150 of 100 an epoch is at 1.5. */
function stepLoss(lines: readonly MetricsLine[], epochs: readonly EpochLine[]): SeriesDocument {
  const first = epochs[0];
  const perEpoch = first && first.epoch > 0 ? first.step / first.epoch : 0;
  const steps = perEpoch > 0 ? lines.filter((line) => line.kind === 'step') : [];
  return {
    name: 'steps',
    faint: true,
    points: thin(steps, 2000).map((line) => [number(line.step) / perEpoch, number(line.loss)]),
  };
}

/** At most `limit` of the items, evenly spaced. */
function thin<Item>(items: readonly Item[], limit: number): Item[] {
  const every = Math.ceil(items.length / limit);
  return items.filter((_, at) => at % every === 0);
}
