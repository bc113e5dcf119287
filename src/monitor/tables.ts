import type { EpochChange } from './convergence.js';
import type { ChangeOverFloor } from './floor/index.js';

/** A table in words. */
export interface TextTable {
  title?: string;
  head: string[];
  rows: string[][];
  /** Sentences below it. */
  notes: string[];
}

/** A row a pair of snapshots: how much the maps of the later one are like those of the earlier one. */
export function changeTable(changes: readonly EpochChange[]): TextTable {
  return {
    head: ['epochs', 'images', 'IoU', 'Pearson', 'Spearman', 'mean difference'],
    rows: changes.map(({ from, epoch, images, iou, pearson, spearman, meanAbsoluteDifference }) => [
      `${from} to ${epoch}`,
      String(images),
      ...[iou, pearson, spearman, meanAbsoluteDifference].map((value) => value?.toFixed(3) ?? '–'),
    ]),
    notes:
      changes.length === 0
        ? ['fewer than two snapshots: nothing to compare yet']
        : changes
            .filter(({ constant }) => constant > 0)
            .map(
              ({ from, epoch, images, constant }) =>
                `${from} to ${epoch}: no correlation for ${constant} of ${images} images, whose map is constant in one of the two`,
            ),
  };
}

/** A row a pair of snapshots: change over noise floor, from epoch to epoch and to the last maps. */
export function floorTable({
  steps,
  toLast,
  floor: { distance, images: pairs },
}: ChangeOverFloor): TextTable {
  return {
    title: 'change over noise floor (1: as much as a flip or a small crop of the same image moves the maps)',
    head: ['epochs', 'images', 'zero maps', 'Spearman', 'IoU', 'SSIM', 'shift', 'Spearman to the last'],
    rows: steps.map(({ from, epoch, images, zero, overFloor }) => [
      `${from} to ${epoch}`,
      String(images),
      String(zero),
      ...[overFloor.spearman, overFloor.iou, overFloor.ssim, overFloor.shift].map(times),
      times(toLast.find((one) => one.from === from)?.overFloor.spearman),
    ]),
    notes: [
      distance
        ? `floor, of ${pairs} pairs: 1 − Spearman ${distance.spearman.toFixed(3)}, 1 − IoU ${distance.iou.toFixed(3)}, 1 − SSIM ${distance.ssim.toFixed(3)}, shift ${distance.shift.toFixed(3)} of the side`
        : 'no floor: every map is constant',
    ],
  };
}

/** A row a class: change over noise floor in the last step. */
export function classTable({ classes }: ChangeOverFloor): TextTable {
  const rows = Object.entries(classes).map(([name, { steps }]) => [
    name,
    times(steps.at(-1)?.overFloor.spearman),
  ]);
  return { head: ['class', 'last step, Spearman'], rows, notes: [] };
}

function times(value: number | null | undefined): string {
  return value == null ? '–' : value.toFixed(2);
}
