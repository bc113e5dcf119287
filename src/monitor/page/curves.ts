import type { EpochLine, MetricsLine, StartLine } from '../../log/index.js';
import type { EpochChange } from '../convergence.js';
import type { ChartDocument, SeriesDocument } from './document.js';
import { number } from './values.js';

const CURVES = 'Curves';
const CHANGES = 'How the maps change from one epoch to the next';
const SHARE = [0, 1] as const;

/** The charts of a run; one without a point is left out. */
export function curves(lines: readonly MetricsLine[], changes: readonly EpochChange[]): ChartDocument[] {
  const epochs = lines.filter((line): line is EpochLine => line.kind === 'epoch');
  // The start has validation values alone: it is point 0 of their curves.
  const start = lines.filter((line): line is StartLine => line.kind === 'start');
  const all: Record<string, unknown>[] = [...start.map((line) => ({ ...line })), ...epochs];
  const perEpoch = (name: string, key: string): SeriesDocument => ({
    name,
    points: finite(all.map((line) => [number(line['epoch']), number(line[key])])),
  });
  const change = (name: string, key: keyof EpochChange): SeriesDocument => ({
    name,
    points: finite(changes.map((one) => [one.epoch, number(one[key])])),
  });
  const constant = changes.reduce((sum, one) => sum + one.constant, 0);
  const pairs = changes.reduce((sum, { images }) => sum + images, 0);
  const charts: ChartDocument[] = [
    {
      section: CURVES,
      title: 'Loss',
      series: [stepLoss(lines, epochs), perEpoch('training', 'trainLoss'), perEpoch('validation', 'valLoss')],
    },
    {
      section: CURVES,
      title: 'Validation accuracy',
      range: SHARE,
      series: [perEpoch('top-1', 'valTop1'), perEpoch('top-5', 'valTop5')],
    },
    { section: CURVES, title: 'Learning rate', series: [perEpoch('learning rate', 'learningRate')] },
    {
      section: CURVES,
      title: 'Images per second',
      range: [0, 0],
      series: [perEpoch('images/s', 'imagesPerSecond')],
    },
    {
      section: CURVES,
      title: 'Share of images augmented',
      range: SHARE,
      series: [perEpoch('share', 'shareAugmented')],
    },
    {
      section: CURVES,
      title: 'Zero maps (image left as it is)',
      range: SHARE,
      series: [perEpoch('images', 'zeroMaps')],
    },
    {
      section: CURVES,
      title: 'Mean mask area',
      range: SHARE,
      series: [perEpoch('share of the image', 'maskArea')],
    },
    {
      section: CHANGES,
      title: 'Change over noise floor (1: what a flip or a small crop does)',
      range: SHARE,
      series: [perEpoch('change ÷ floor', 'changeOverFloor')],
    },
    {
      section: CHANGES,
      title: 'Agreement with the snapshot before',
      range: SHARE,
      series: [change('IoU of masks', 'iou'), change('Pearson', 'pearson'), change('Spearman', 'spearman')],
      ...(constant > 0 && {
        note: `No correlation is defined for a constant map: ${constant} of ${pairs} pairs of maps are left out of Pearson's and Spearman's.`,
      }),
    },
    {
      section: CHANGES,
      title: 'Mean absolute difference (maps in [0, 1])',
      range: [0, 0],
      series: [change('difference', 'meanAbsoluteDifference')],
    },
  ];
  return charts.flatMap((chart) => {
    const series = chart.series.filter(({ points }) => points.length > 0);
    return series.length > 0 ? [{ ...chart, series }] : [];
  });
}

/** The loss of the steps, on the axis of the epochs: step 150 of 100 an epoch is at 1.5. */
function stepLoss(lines: readonly MetricsLine[], epochs: readonly EpochLine[]): SeriesDocument {
  const first = epochs[0];
  const perEpoch = first && first.epoch > 0 ? first.step / first.epoch : 0;
  const steps = perEpoch > 0 ? lines.filter((line) => line.kind === 'step') : [];
  return {
    name: 'steps',
    faint: true,
    points: finite(thin(steps, 2000).map((line) => [number(line.step) / perEpoch, number(line.loss)])),
  };
}

/** At most `limit` of the items, evenly spaced. */
function thin<Item>(items: readonly Item[], limit: number): Item[] {
  const every = Math.ceil(items.length / limit);
  return items.filter((_, at) => at % every === 0);
}

function finite(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
}
