import type { EpochChange } from '../../monitor/index.js';
import { command } from '../command.js';
import { json, pathArgument } from '../options.js';
import { columns, print, printJson } from '../print.js';

interface MonitorFlags {
  run: string;
  json?: boolean;
}

/** `camtune monitor`. */
export const monitorCommand = command<MonitorFlags>({
  usage: 'monitor <run>',
  describe: 'write the report of a run anew, and print how its maps change from epoch to epoch',
  positionals: { run: pathArgument('folder of a run; it may still go on') },
  options: { json },
  async run({ run, json: asJson }) {
    const { convergence, report } = await import('../../monitor/index.js');
    const page = await report(run);
    const changes = convergence(run);
    if (asJson) return printJson({ report: page, convergence: changes });
    changeLines(changes).forEach(print);
    print(page);
  },
});

/** A line a pair of snapshots: how much the maps of the later one are like those of the earlier one. */
export function changeLines(changes: readonly EpochChange[]): string[] {
  if (changes.length === 0) return ['fewer than two snapshots: nothing to compare yet'];
  const head = ['epochs', 'images', 'IoU', 'Pearson', 'Spearman', 'mean difference'];
  const rows = changes.map(({ from, epoch, images, iou, pearson, spearman, meanAbsoluteDifference }) => [
    `${from} to ${epoch}`,
    String(images),
    ...[iou, pearson, spearman, meanAbsoluteDifference].map((value) => value?.toFixed(3) ?? '–'),
  ]);
  const notes = changes
    .filter(({ constant }) => constant > 0)
    .map(
      ({ from, epoch, images, constant }) =>
        `${from} to ${epoch}: no correlation for ${constant} of ${images} images, whose map is constant in one of the two`,
    );
  return [...columns([head, ...rows]), ...notes];
}
