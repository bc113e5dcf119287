import { escapeHtml } from './html.js';

/** One part of the confidences from 0 to 1. */
export interface ReliabilityBin {
  low: number;
  high: number;
  images: number;
  /** Mean confidence and share of right predictions; null where the bin is empty. */
  confidence: number | null;
  accuracy: number | null;
}

const side = 300;
const strip = 56;
const frame = { left: 48, right: 14, top: 12, gap: 12, bottom: 40 };

/**
 * A reliability diagram as an SVG file: accuracy over confidence beside the diagonal of a calibrated network, with the
 * distance between them, and below it how many images each bin holds.
 *
 * @see DeGroot & Fienberg (1983), "The Comparison and Evaluation of Forecasters"
 */
export function reliabilityDiagram(bins: readonly ReliabilityBin[]): string {
  const width = frame.left + side + frame.right;
  const bottom = frame.top + side;
  const base = bottom + frame.gap + strip;
  const x = (share: number): number => frame.left + share * side;
  const y = (share: number): number => bottom - share * side;
  const most = Math.max(1, ...bins.map(({ images }) => images));
  const rectangle = (bin: ReliabilityBin, top: number, height: number, style: string): string =>
    `<rect x="${round(x(bin.low) + 1)}" width="${round(x(bin.high) - x(bin.low) - 2)}" y="${round(top)}" height="${round(Math.max(0, height))}" ${style}>` +
    `<title>${escapeHtml(about(bin))}</title></rect>`;
  const bars = bins.flatMap((bin) => {
    const { confidence, accuracy, images } = bin;
    if (confidence === null || accuracy === null) return [];
    const [low, high] = [Math.min(confidence, accuracy), Math.max(confidence, accuracy)];
    return [
      rectangle(bin, y(accuracy), y(0) - y(accuracy), 'fill="#2563a8"'),
      rectangle(bin, y(high), y(low) - y(high), 'fill="#f3c9a0" stroke="#d1690e"'),
      rectangle(bin, base - (images / most) * strip, (images / most) * strip, 'fill="#8b97a5"'),
    ];
  });
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (tick) =>
      `<path d="M${x(0)} ${y(tick)}H${x(1)}M${x(tick)} ${y(0)}V${y(1)}" stroke="#e3e7eb"/>` +
      `<text x="${x(0) - 6}" y="${y(tick)}" dy=".32em" text-anchor="end">${tick}</text>` +
      `<text x="${x(tick)}" y="${base + 15}" text-anchor="middle">${tick}</text>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${base + frame.bottom}" width="${width}" height="${base + frame.bottom}" ` +
    `font-family="system-ui, sans-serif" font-size="11" fill="#66727f" role="img"><rect width="100%" height="100%" fill="white"/>` +
    `${grid.join('')}${bars.join('')}<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#1f2933" stroke-dasharray="4 4"/>` +
    `<text x="${x(0.5)}" y="${base + 33}" text-anchor="middle">confidence (below: images)</text>` +
    `<text transform="translate(12 ${y(0.5)}) rotate(-90)" text-anchor="middle">accuracy</text></svg>\n`
  );
}

function about({ low, high, images, confidence, accuracy }: ReliabilityBin): string {
  const percent = (share: number | null): string => `${(100 * (share ?? 0)).toFixed(1)} %`;
  return `${percent(low)} to ${percent(high)}: ${images} images, confidence ${percent(confidence)}, accuracy ${percent(accuracy)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
