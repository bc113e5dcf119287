import {
  alsoFigure,
  type ComparisonReport,
  type FigureName,
  figures,
  type FigureSummary,
  shiftFigure,
} from '../index.js';
import {
  differenceCell,
  digits,
  holmCell,
  meanCell,
  NONE,
  seedsCell,
  studentCell,
  verdict,
} from './cells.js';

/** A table of a report; cells are plain text. */
export interface Table {
  title: string;
  /** How to read it, in a few sentences. */
  note: string;
  head: string[];
  rows: string[][];
}

/** Head of the columns that list a difference for each seed: however many there are. */
export const EACH_SEED = 'each seed';

type Arm = ComparisonReport['arms'][string];

/** The tables of a comparison, for HTML and Markdown alike. */
export function comparisonTables(report: ComparisonReport): Table[] {
  return [accuracy(report), cost(report), backgrounds(report), energy(report), ...further(report)];
}

/** Heads a column of differences. */
function minus({ control }: ComparisonReport): string {
  return `minus ${control} [95 %]`;
}

function accuracy(report: ComparisonReport): Table {
  const { arms, start, control, unit } = report;
  const before = meanOf(start.measured.columns.top1);
  return {
    title: 'Does it classify better?',
    note:
      `Accuracy on the validation images after the last epoch, in per cent, with the standard deviation over the ${unit}s. ` +
      `The difference is paired: each run against ${control} with the same ${unit}, on the same images. ` +
      `Before fine-tuning: ${before} %. The loss (cross-entropy, lower is better) tells small differences sooner. The best epoch is chosen by looking at the validation images, so it flatters every arm.`,
    head: [
      'arm',
      'top-1',
      minus(report),
      "Student's [95 %]",
      "p (Holm's)",
      'verdict',
      EACH_SEED,
      'loss',
      minus(report),
      'top-5',
      'best top-1',
    ],
    rows: rowsOf(arms, (arm) => [
      mean(arm, 'top1'),
      difference(arm, 'top1'),
      studentCell(arm.figures.top1, 'share'),
      holmCell(arm.figures.top1),
      verdict(arm.figures.top1),
      seedsCell(arm.figures.top1, 'share'),
      mean(arm, 'loss'),
      difference(arm, 'loss'),
      mean(arm, 'top5'),
      mean(arm, 'bestTop1'),
    ]),
  };
}

function cost(report: ComparisonReport): Table {
  const { arms, control } = report;
  const reference = arms[control]?.figures.seconds.mean ?? null;
  return {
    title: 'What does it cost?',
    note:
      'Time of the training steps alone, on this machine with whatever else ran on it. At equal time: the accuracy that ' +
      `an arm had when ${control} was finished, linear between two epochs that follow each other. Its learning rate was still on its way down then, ` +
      'so a costly arm might do somewhat better with a schedule made for that time. Intervals here are over seeds alone, and stand only where there are five.',
    head: [
      'arm',
      'training time',
      `times ${control}`,
      'images/s',
      'top-1 at equal time',
      minus(report),
      EACH_SEED,
    ],
    rows: rowsOf(arms, (arm) => {
      const { mean: seconds } = arm.figures.seconds;
      return [
        mean(arm, 'seconds'),
        seconds !== null && reference ? (seconds / reference).toFixed(2) : NONE,
        mean(arm, 'imagesPerSecond'),
        mean(arm, 'equalTimeTop1'),
        difference(arm, 'equalTimeTop1'),
        seedsCell(arm.figures.equalTimeTop1, 'share'),
      ];
    }),
  };
}

function backgrounds(report: ComparisonReport): Table {
  const { arms, start } = report;
  const known = start.measured.columns.objectArea.filter((area) => area !== null).length;
  const from =
    start.objects === 'boxes'
      ? 'annotated boxes'
      : 'what the starting network finds salient (LaFAM above its mean), the same pixels for every arm';
  return {
    title: 'Does it lean on the background?',
    note:
      `Accuracy on the ${known} images with a known object, its background blurred, or taken from an image of another ` +
      `class. Objects: ${from}. The gap is what the swap costs: a smaller one means less use of the background. ` +
      'Arms that train on blurred backgrounds have seen the first test; those whose names end in swap have seen the second.',
    head: ['arm', 'blurred', minus(report), 'swapped', minus(report), 'swap gap', minus(report)],
    rows: rowsOf(arms, (arm) =>
      (['blurredTop1', 'swappedTop1', 'swapGap'] as const).flatMap((name) => [
        mean(arm, name),
        difference(arm, name),
      ]),
    ),
  };
}

function energy(report: ComparisonReport): Table {
  const { arms, start } = report;
  const { objectArea, energyLafam, energyGradCam } = start.measured.columns;
  return {
    title: 'Does it look at the object?',
    note:
      'Share of a saliency map that lies on the object, in per cent (energy-based pointing game, Wang et al. 2020). ' +
      `A map that says nothing has ${meanOf(objectArea)} % there, the mean size of the objects. Before fine-tuning: LaFAM ` +
      `${meanOf(energyLafam)} %, Grad-CAM ${meanOf(energyGradCam)} % (of an untrained head it says nothing).`,
    head: ['arm', 'LaFAM', minus(report), 'Grad-CAM of the label', minus(report)],
    rows: rowsOf(arms, (arm) =>
      (['energyLafam', 'energyGradCam'] as const).flatMap((name) => [mean(arm, name), difference(arm, name)]),
    ),
  };
}

/** Accuracy on the further images, each a table of its own. */
function further(report: ComparisonReport): Table[] {
  return report.also.map((name) => ({
    title: `On ${name}`,
    note:
      `Accuracy of the same networks on the images named ${name}. The interaction is an arm's difference on the ` +
      `validation images less its difference here: above 0 where it helps more there than here.`,
    head: ['arm', 'top-1', minus(report), "Student's [95 %]", "interaction, Student's [95 %]"],
    rows: rowsOf(report.arms, ({ figures }) => {
      const [accuracy, shift] = [figures[alsoFigure(name)], figures[shiftFigure(name)]];
      if (!accuracy || !shift) return [NONE, NONE, NONE, NONE];
      return [
        meanCell(accuracy, 'share'),
        differenceCell(accuracy, 'share'),
        studentCell(accuracy, 'share'),
        studentCell(negated(shift), 'share', true),
      ];
    }),
  }));
}

/** The figure with the other sign: what is said of the shift there holds of the interaction here. */
function negated(figure: FigureSummary): FigureSummary {
  const { difference } = figure;
  if (!difference) return figure;
  const { mean, low, high, student } = difference;
  return {
    ...figure,
    difference: {
      ...difference,
      mean: -mean,
      low: high === null ? null : -high,
      high: low === null ? null : -low,
      student: student && { ...student, low: -student.high, high: -student.low },
    },
  };
}

function rowsOf(arms: ComparisonReport['arms'], cells: (arm: Arm) => string[]): string[][] {
  return Object.entries(arms).map(([name, arm]) => [name, ...cells(arm)]);
}

function mean(arm: Arm, name: FigureName): string {
  return meanCell(arm.figures[name], figures[name].unit);
}

function difference(arm: Arm, name: FigureName): string {
  return differenceCell(arm.figures[name], figures[name].unit);
}

function meanOf(column: readonly (number | null)[]): string {
  const known = column.filter((value) => value !== null);
  return known.length > 0
    ? digits(known.reduce((sum, value) => sum + value, 0) / known.length, 'share')
    : NONE;
}
