import { mean, meanEstimate, type Estimate } from '../../metrics/index.js';
import { pictureUri } from '../../report/index.js';
import type { Finding, Shortcuts } from './find-shortcuts.js';
import type { Region } from './regions.js';
import type { ShownImages } from './types.js';
import { cureWords, placeWords } from './words.js';

/** Pictures of a finding. */
const EXAMPLES = 8;
/** Findings without an alarm that are shown with pictures. */
const QUIET = 12;
const THUMBNAIL = 168;

/** What the page is drawn from, and `--json` prints: nothing else is needed. */
export interface ShortcutReport {
  protocol: Record<string, unknown>;
  images: number;
  classes: ClassFigures[];
  /** Whether any finding is an alarm. */
  alarm: boolean;
  findings: ShownFinding[];
  candidates: number;
  leftOut: string[];
  passes: number;
  /** The command that trains with and without the cure; where there is an alarm that an arm can take away. */
  cure?: string;
}

export interface ClassFigures {
  class: string;
  images: number;
  /** Share of the images that the network takes for it. */
  recall: number;
  /** With boxes: share of the evidence for the class outside of them, and their share of the image. */
  outside?: Estimate | null;
  boxArea?: number;
}

export interface ShownFinding extends Omit<Finding, 'classIndex' | 'carriers'> {
  class: string;
  /** In words. */
  where: string;
  cure: string;
  /** Of the class's images, those that have it. */
  carriers: { file: string; region?: Region['parts'] }[];
  /** The first of them, as the network sees them: data: URIs. */
  examples: string[];
}

export interface ReportOptions {
  classNames: readonly string[];
  files: readonly string[];
  protocol: Record<string, unknown>;
  cure: string;
}

/** Puts names and pictures to what was found. */
export async function shortcutReport(
  { findings, candidates, leftOut, passes, recalls, outside }: Shortcuts,
  images: ShownImages,
  { classNames, files, protocol, cure }: ReportOptions,
): Promise<ShortcutReport> {
  const shown = [
    ...findings.filter(({ alarm }) => alarm),
    ...findings.filter(({ alarm }) => !alarm).slice(0, QUIET),
  ];
  const alarm = findings.some((one) => one.alarm);
  const counts = classNames.map((_, index) => files.filter((__, at) => images.labels[at] === index).length);
  return {
    protocol,
    images: files.length,
    classes: classNames.flatMap((name, index) =>
      counts[index] === 0
        ? []
        : [
            {
              class: name,
              images: counts[index]!,
              recall: recalls[index]!,
              ...(outside && {
                outside: meanEstimate(
                  outside.flatMap((one) => (one?.classIndex === index ? [one.share] : [])),
                ),
                boxArea: mean(outside.flatMap((one) => (one?.classIndex === index ? [one.area] : []))),
              }),
            },
          ],
    ),
    alarm,
    findings: await Promise.all(
      shown.map(async ({ classIndex, carriers, ...rest }) => ({
        ...rest,
        class: classNames[classIndex]!,
        where: placeWords(rest.kind, rest.place),
        cure: cureWords(rest.kind),
        carriers: carriers.map(({ image, region }) => ({ file: files[image]!, ...(region && { region }) })),
        examples: await Promise.all(
          carriers
            .slice(0, EXAMPLES)
            .map(({ image }) =>
              pictureUri(
                { pixels: images.pixels[image]!, width: images.size, height: images.size },
                THUMBNAIL,
              ),
            ),
        ),
      })),
    ),
    candidates,
    leftOut: leftOut.map((index) => classNames[index]!),
    passes,
    ...(alarm && { cure }),
  };
}
