import { join } from 'node:path';
import type { ChangeOverFloor, EpochChange } from '../../monitor/index.js';
import { command } from '../command.js';
import { flag, json, pathArgument } from '../options.js';
import { columns, print, printJson, tell } from '../print.js';
import { recipeOf, weightsOf } from '../run-folder.js';

interface MonitorFlags {
  run: string;
  floor?: boolean;
  json?: boolean;
}

/** `camtune monitor`. */
export const monitorCommand = command<MonitorFlags>({
  usage: 'monitor <run>',
  describe: 'write the report of a run anew, and print how its maps change from epoch to epoch',
  positionals: { run: pathArgument('folder of a run; it may still go on') },
  options: {
    floor: flag(
      "also say how much the maps of the run's network change in flips and small crops: the noise floor",
    ),
    json,
  },
  async run({ run, floor: wanted, json: asJson }) {
    const { convergence, report } = await import('../../monitor/index.js');
    const page = await report(run);
    const changes = convergence(run);
    const floor = wanted ? await measureFloor(run) : undefined;
    if (asJson) return printJson({ report: page, convergence: changes, ...(floor && { floor }) });
    changeLines(changes).forEach(print);
    if (floor) floorLines(floor).forEach(print);
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

/** Measured with the run's network as it is now, and kept in the run folder. */
async function measureFloor(run: string): Promise<ChangeOverFloor> {
  const { openClassifier } = await import('../../models/index.js');
  const { floorOfRun } = await import('../../monitor/index.js');
  const { loadRecipe, stageOf } = await import('../../train/index.js');
  const { writeFileAtomic } = await import('../../files.js');
  const recipe = await loadRecipe(recipeOf(run));
  const network = await openClassifier(weightsOf(run, tell), {
    ...(recipe.stage.layer !== null && { layer: recipe.stage.layer }),
    onNote: tell,
  });
  try {
    const floor = await floorOfRun(run, network, stageOf(recipe));
    await writeFileAtomic(join(run, 'saliency', 'floor.json'), `${JSON.stringify(floor)}\n`);
    return floor;
  } finally {
    network.dispose();
  }
}

/** What is left of the change above the floor, from epoch to epoch and to the last maps; then by class. */
export function floorLines({ steps, toLast, floor, classes }: ChangeOverFloor): string[] {
  const times = (value: number | null | undefined): string => (value == null ? '–' : value.toFixed(2));
  const rows = steps.map(({ from, epoch, images, zero, overFloor }) => [
    `${from} to ${epoch}`,
    String(images),
    String(zero),
    ...[overFloor.spearman, overFloor.iou, overFloor.ssim, overFloor.shift].map(times),
    times(toLast.find((one) => one.from === from)?.overFloor.spearman),
  ]);
  const { distance } = floor;
  const lastSteps = Object.entries(classes).map(([name, { steps: own }]) => [
    name,
    times(own.at(-1)?.overFloor.spearman),
  ]);
  return [
    '',
    'change over noise floor (1: as much as a flip or a small crop of the same image moves the maps)',
    ...columns([
      ['epochs', 'images', 'zero maps', 'Spearman', 'IoU', 'SSIM', 'shift', 'Spearman to the last'],
      ...rows,
    ]),
    distance
      ? `floor, of ${floor.images} pairs: 1 − Spearman ${distance.spearman.toFixed(3)}, 1 − IoU ${distance.iou.toFixed(3)}, 1 − SSIM ${distance.ssim.toFixed(3)}, shift ${distance.shift.toFixed(3)} of the side`
      : 'no floor: every map is constant',
    ...columns([['class', 'last step, Spearman'], ...lastSteps]),
  ];
}
