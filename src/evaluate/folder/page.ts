import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { metrics } from './metrics.js';
import type { Result } from './types.js';
import { resultRows, tableCells } from './rows.js';

/**
 * One HTML page with the tables and pictures of several reports; pictures are inside, nothing is loaded.
 *
 * @param folder holds a folder for each metric
 * @param pictures file names of a metric's pictures in its folder
 */
export async function evaluationPage(
  folder: string,
  results: Readonly<Record<string, Result>>,
  pictures: (metric: string) => string[],
): Promise<string> {
  const sections = await Promise.all(
    Object.entries(results).map(async ([metric, { report }]) => {
      const images = await Promise.all(pictures(metric).map((name) => picture(join(folder, metric, name))));
      return [
        `<section><h2>${escape(metric)}</h2><p>${escape(metrics[metric]?.about ?? '')}; ${report.images} images.</p>`,
        table(metric, report.methods),
        ...(report.differences
          ? [
              `<p>Minus ${escape(report.differences.reference)}, on the same images:</p>`,
              table(metric, report.differences.methods),
            ]
          : []),
        images.join(''),
        `<details><summary>protocol</summary><pre>${escape(JSON.stringify(report.protocol, null, 2))}</pre></details></section>`,
      ].join('\n');
    }),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>camtune evaluate</title><style>${style}</style></head><body>
<h1>Saliency methods, measured</h1>
<p>Every figure is a mean over the images with its 95 % bootstrap interval. Rows that begin with random or
center-gaussian are maps that know nothing of the network: what is not above them says nothing.</p>
${sections.join('\n')}
</body></html>
`;
}

function table(metric: string, methods: object): string {
  const [head, ...rows] = tableCells(resultRows(methods), metric);
  return [
    `<div class="wide"><table><tr>${head!.map((cell) => `<th>${escape(cell)}</th>`).join('')}</tr>`,
    ...rows.map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`),
    '</table></div>',
  ].join('\n');
}

const style = `body { font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2em auto; padding: 0 1em; color: #1f2933 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px }
th, td { padding: 4px 12px; text-align: left; border-bottom: 1px solid #dfe4ea; white-space: nowrap }
.wide { overflow-x: auto } img { max-width: 100%; margin: 1em 1em 0 0 } pre { overflow: auto; font-size: 12px }`;

async function picture(path: string): Promise<string> {
  const type = path.endsWith('.svg') ? 'image/svg+xml' : 'image/png';
  return `<img alt="" src="data:${type};base64,${(await readFile(path)).toString('base64')}">`;
}

function escape(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replaceAll(/[&<>"]/g, (character) => names[character]!);
}
