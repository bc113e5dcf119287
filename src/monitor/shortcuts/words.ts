import type { EvidenceKind } from './transplants.js';
import { windows } from './regions.js';

/** A place as people say it: "the top right corner". */
export function placeWords(kind: EvidenceKind, place: string): string {
  if (place === 'any') return 'a part that looks the same and stands in several places';
  if (kind === 'strip') return `a strip along the ${place} edge`;
  if (kind === 'frame') return 'a frame around the image';
  if (kind === 'levels') return 'colors and contrast of the whole image';
  if (kind === 'texture') return 'sharpness and grain of the whole image';
  const [[left, top]] = windows.find(({ name }) => name === place)!.parts as unknown as [[number, number]];
  const third = (at: number, names: readonly string[]): string => names[at < 0.2 ? 0 : at > 0.55 ? 2 : 1]!;
  const row = third(top, ['top', '', 'bottom']);
  const column = third(left, ['left', '', 'right']);
  if (row && column) return `the ${row} ${column} corner`;
  if (row || column) return `the ${row || column} edge`;
  return 'the middle';
}

/** What an alarm asks people to do, beside the comparison. */
export function cureWords(kind: EvidenceKind): string {
  if (kind === 'levels')
    return 'No arm takes a color cast away. Give all images the same processing before training, or vary colors with data.augment.jitter, and compare.';
  if (kind === 'texture')
    return 'No arm takes sharpness or compression away. Bring all images to the same size and quality before training.';
  return (
    'eigen-swap replaces what the network does not find salient by another image, blurred; boxes-swap does the same with annotated boxes, and takes ' +
    'the mark away even where the network finds it the most salient thing. The surest cure is to remove it from the images.'
  );
}
