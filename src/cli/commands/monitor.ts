import type { Command } from 'commander';
import type { EpochChange } from '../../monitor/index.js';
import { jsonOption } from '../options.js';
import { columns, print, printJson } from '../print.js';

/** Registers `camtune monitor`. */
export function monitorCommand(program: Command): void {
  program
    .command('monitor')
    .description('write the report of a run anew, and print how its maps change from epoch to epoch')
    .argument('<run>', 'folder of a run; it may still go on')
    .addOption(jsonOption())
    .action(async (run: string, { json }: { json?: boolean }) => {
      const { convergence, report } = await import('../../monitor/index.js');
      const path = await report(run);
      const changes = convergence(run);
      if (json) return printJson({ report: path, convergence: changes });
      changeLines(changes).forEach(print);
      print(path);
    });
}

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
