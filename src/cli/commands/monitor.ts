import { invalid } from '../../errors.js';
import type { ChangeOverFloor, EpochChange, TextTable } from '../../monitor/index.js';
import { command } from '../command.js';
import { flag, integer, json, path, pathArguments } from '../options.js';
import { columns, print, printJson, tell } from '../print.js';
import { watchStop } from '../../process/stop.js';

interface MonitorFlags {
  run?: string[];
  from?: string;
  floor?: boolean;
  watch?: boolean;
  port?: number;
  out?: string;
  json?: boolean;
}

/** `camtune monitor`. */
export const monitorCommand = command<MonitorFlags>({
  usage: 'monitor [run..]',
  describe:
    'the report of a run, or of several beside each other, and how the maps change from epoch to epoch',
  positionals: { run: pathArguments('folders of runs, which may still go on') },
  options: {
    watch: flag(
      'serve the report on this machine and keep it up to date while the runs go on; Ctrl-C ends it',
    ),
    port: integer('port', 1, 'port of --watch on 127.0.0.1', { defaultDescription: 'any that is free' }),
    from: path(
      'in place of runs: how maps that another program wrote change, epoch-NNN.npy each (docs/convergence.md)',
    ),
    floor: flag(
      "also say how much the maps of the run's network change in flips and small crops: the noise floor",
    ),
    out: path('page of several runs, or of --from', {
      defaultDescription: 'report.html where you stand; of --from in its folder',
    }),
    json,
  },
  async run(flags) {
    const { run: named = [], from, floor: wanted, watch, json: asJson, out = 'report.html' } = flags;
    refuseTogether({ ...flags, run: named });
    if (from !== undefined) return tellFrom(from, flags);
    const { changeTable, convergence, report, reportOfRuns, runsAmong } =
      await import('../../monitor/index.js');
    const runs = runsAmong(named, tell);
    if (watch) return serve(runs, flags.port);
    if (named.length > 1) {
      const page = await reportOfRuns(runs, out);
      const each = runs.map((run) => ({ run, convergence: convergence(run) }));
      if (asJson) return printJson({ report: page, runs: each });
      for (const { run, convergence: changes } of each)
        [run, ...tableLines(changeTable(changes))].forEach(print);
      return print(page);
    }
    const [run] = runs as [string];
    const page = await report(run);
    const changes = convergence(run);
    const floor = wanted ? await (await import('../../train/index.js')).measureFloor(run, tell) : undefined;
    if (asJson) return printJson({ report: page, convergence: changes, ...(floor && { floor }) });
    await printTables(changes, floor ?? null);
    print(page);
  },
});

/** @throws InvalidInput for flags that exclude each other */
function refuseTogether(flags: MonitorFlags & { run: string[] }): void {
  const { run: runs, from, floor, watch, port, out, json: asJson } = flags;
  const beside = runs.length > 0 || floor || watch || port !== undefined;
  if (from !== undefined && beside) throw invalid('--from', 'nothing but --out and --json beside it', from);
  if (from === undefined && runs.length === 0)
    throw invalid('RUN', 'folders of runs, or --from with a folder of maps', undefined);
  if (watch && (floor || asJson || out !== undefined))
    throw invalid('--watch', 'no --floor, --json or --out beside it', true);
  if (!watch && port !== undefined) throw invalid('--port', 'nothing without --watch', port);
  if (floor && runs.length > 1) throw invalid('--floor', 'one run', runs);
  if (out !== undefined && runs.length === 1)
    throw invalid('--out', 'nothing for a single run, whose report stands in its folder', out);
}

/** What the maps of another program say. */
async function tellFrom(
  dir: string,
  { out, json: asJson }: Pick<MonitorFlags, 'out' | 'json'>,
): Promise<void> {
  const { changesFrom, mapsFrom, reportOfMaps } = await import('../../monitor/index.js');
  const maps = mapsFrom(dir);
  const changes = changesFrom(maps);
  const page = await reportOfMaps(maps, changes, out);
  if (asJson) return printJson({ report: page, ...changes });
  await printTables(changes.convergence, changes.floor);
  print(page);
}

/** How the maps changed from epoch to epoch; where there is a floor, over it, and by class. */
async function printTables(changes: readonly EpochChange[], floor: ChangeOverFloor | null): Promise<void> {
  const { changeTable, classTable, floorTable } = await import('../../monitor/index.js');
  const tables = [changeTable(changes), ...(floor ? [floorTable(floor), classTable(floor)] : [])];
  tables.flatMap(tableLines).forEach(print);
}

/** Serves the report until the user stops it. */
async function serve(runs: readonly string[], port: number | undefined): Promise<void> {
  const { serveReport } = await import('../../monitor/index.js');
  const report = await serveReport(runs, { ...(port !== undefined && { port }), onProblem: tell });
  print(`live report: ${report.url} (from this machine alone; Ctrl-C ends it)`);
  await new Promise<void>((resolve) => {
    const watching = watchStop(() => {
      watching.end();
      resolve();
    });
  });
  await report.close();
}

/** A table as lines of columns, and what is said below it. */
function tableLines({ title, head, rows, notes }: TextTable): string[] {
  return [
    ...(title === undefined ? [] : ['', title]),
    ...(rows.length > 0 ? columns([head, ...rows]) : []),
    ...notes,
  ];
}
