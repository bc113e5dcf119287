import { basename, join } from 'node:path';
import { commandLine } from '../../process/command-line.js';
import type { ShownFinding } from '../../monitor/index.js';
import { command } from '../command.js';
import { integer, json, networkWeights, path, share, targetLayer } from '../options.js';
import { columns, print, printJson, tell } from '../print.js';
import { canResume, recipeFile, weightsOf } from '../../files/run-folder.js';

interface ShortcutsFlags {
  weights: string;
  data: string;
  boxes?: string;
  layer?: string;
  limit: number;
  recipients: number;
  level: number;
  seed: number;
  out?: string;
  json?: boolean;
}

/** `camtune shortcuts`. */
export const shortcutsCommand = command<ShortcutsFlags>({
  usage: 'shortcuts',
  describe: 'look whether a network knows a class by something that is not the object',
  options: {
    weights: networkWeights,
    data: path(
      'folder with one folder of images a class, or table of labels (.csv): best what it was trained on',
      {
        demandOption: true,
      },
    ),
    boxes: path("where the objects are, in COCO's instances format"),
    layer: targetLayer,
    limit: integer('limit', 6, 'look at N images of a class at most', { default: 40 }),
    recipients: integer('recipients', 6, 'images of other classes that evidence is given to', {
      default: 24,
    }),
    level: share('level', 'false ones that are tolerated among the alarms', { default: 0.1 }),
    seed: integer('seed', 0, 'of everything random', { default: 0 }),
    out: path('folder for shortcuts.json and index.html', { defaultDescription: 'runs/shortcuts-<weights>' }),
    json,
  },
  epilogue: 'Whether there is an alarm stands in the result; the exit status is 0 either way.',
  async run({ weights, layer, json: asJson, ...flags }) {
    const { openClassifier } = await import('../../models/index.js');
    const { shortcutsOfFolder } = await import('../../monitor/index.js');
    const { progress } = await import('../progress.js');
    const network = await openClassifier(weightsOf(weights, tell), { layer, onNote: tell });
    const shown = progress({ label: 'shortcuts', total: network.classes, unit: 'classes' });
    try {
      const out = flags.out ?? join('runs', `shortcuts-${basename(weights)}`);
      const report = await shortcutsOfFolder(network, {
        ...flags,
        out,
        weights: network.weights,
        cure: cureCommand(weights, flags),
        onNote: tell,
        onProgress: (done) => shown.update(done),
      });
      shown.finish();
      tell(`kept in ${out}`);
      if (asJson) return printJson(report);
      const alarms = report.findings.filter(({ alarm }) => alarm);
      if (alarms.length === 0) print('no shortcut found');
      else columns(rows(alarms)).forEach(print);
      if (report.cure !== undefined) print(`with and without the cure: ${report.cure}`);
      print(`page: ${join(out, 'index.html')}`);
    } finally {
      shown.finish();
      network.dispose();
    }
  },
});

function rows(alarms: readonly ShownFinding[]): string[][] {
  return [
    ['class', 'what it is known by', 'images', 'other classes gain', 'false discovery rate'],
    ...alarms.map(({ class: name, where, carriers, images, probabilityGain, adjusted }) => [
      name,
      where,
      `${carriers.length} of ${images}`,
      `${(100 * probabilityGain.mean).toFixed(1)} points`,
      adjusted < 0.001 ? '< 0.001' : adjusted.toFixed(3),
    ]),
  ];
}

/** The comparison that says what the arms against a shortcut change. */
function cureCommand(weights: string, { data, boxes }: Pick<ShortcutsFlags, 'data' | 'boxes'>): string {
  const arms = ['plain', 'eigen-swap', ...(boxes === undefined ? [] : ['boxes-swap'])].join(',');
  const annotated = boxes === undefined ? [] : ['--set', `data.trainBoxes=${boxes}`];
  if (canResume(weights)) return commandLine(['compare', recipeFile(weights), '--arms', arms, ...annotated]);
  const own = ['--set', `data.train=${data}`, '--set', 'data.val=0.2'];
  return commandLine(['compare', 'recipes/backgrounds.yaml', '--arms', arms, ...own, ...annotated]);
}
