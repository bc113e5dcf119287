import { join } from 'node:path';
import { accuracy, type AccuracyReport } from '../index.js';
import { csvLines } from '../../text/csv.js';
import { reliabilityDiagram } from '../../report/index.js';
import type { OpenedClassifier } from '../../models/index.js';
import { accuracyPage } from './accuracy-page.js';
import { labeledImages, type LabeledImages } from './images.js';
import type { Request, Result, Watch } from './types.js';

/**
 * Measures accuracy on a folder of class folders or a table of labels.
 *
 * @param listed its images, where they have been listed before
 */
export async function accuracyOnFolder(
  opened: OpenedClassifier,
  request: Request,
  folder: string,
  watch: Watch,
  listed?: LabeledImages,
): Promise<Result> {
  const images = listed ?? (await labeledImages(request.data, opened, request));
  watch.start('accuracy', images.count);
  try {
    const report = await accuracy({
      network: opened,
      classNames: images.classNames,
      batches: images.batches,
      files: images.files,
      ...(request.share && { share: request.share }),
      bins: request.bins,
      seed: request.seed,
      folder,
      about: { weights: opened.weights, data: images.about, labels: images.digest },
      onProgress: watch.progress,
    });
    const diagram = reliabilityDiagram(report.calibration.bins);
    return {
      report,
      figures: [
        { name: 'reliability.svg', content: diagram },
        { name: 'classes.csv', content: classesCsv(report) },
        { name: 'confusion.csv', content: confusionCsv(report) },
        { name: 'index.html', content: await accuracyPage(report, diagram, images.dir) },
      ],
      lines: [...lines(report), `page: ${join(folder, 'index.html')}`],
    };
  } finally {
    images.skipped().forEach((file) => watch.note(`left out: ${file}`));
  }
}

function classesCsv({ classes }: AccuracyReport): string {
  const cell = (value: number | null): string => (value === null ? '' : String(value));
  return csvLines([
    ['class', 'support', 'predicted', 'precision', 'recall', 'f1'],
    ...classes.map((own) => [
      own.class,
      ...[own.support, own.predicted, own.precision, own.recall, own.f1].map(cell),
    ]),
  ]);
}

function confusionCsv({ classes, confusion }: AccuracyReport): string {
  const names = classes.map((own) => own.class);
  return csvLines([
    ['label', ...names],
    ...confusion.map((row, index) => [names[index]!, ...row.map(String)]),
  ]);
}

/** What does not fit into the table of figures. */
function lines({ balancedAccuracy, calibration, worst }: AccuracyReport): string[] {
  const [first] = worst;
  return [
    `balanced accuracy ${(100 * balancedAccuracy).toFixed(1)} %, calibration error ${calibration.error.toFixed(3)} (${calibration.bins.length} bins)`,
    ...(first
      ? [
          `most confidently wrong: ${first.image}, ${first.label} taken for ${first.predicted} (${(100 * first.probability).toFixed(1)} %)`,
        ]
      : []),
  ];
}
