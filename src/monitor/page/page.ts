import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pageHead } from '../../report/index.js';
import { chartScript } from './chart-script.js';
import type { ReportDocument } from './document.js';
import type { Pictures } from './pictures.js';
import { pageScript } from './script.js';
import { pageStyle } from './style.js';

const require = createRequire(import.meta.url);

/** What makes a page differ from a file that opens by itself. */
export interface PageKind {
  /** Pictures inside the page, as data: URIs by their names; those of a served page come from `picture/NAME`. */
  pictures: Record<string, string>;
  /** Whether the page asks its server for what is new. */
  live: boolean;
}

/** The page of one run or several: a document, and the script that shows it. Nothing is loaded from elsewhere. */
export function reportPage(document: ReportDocument, { pictures, live }: PageKind): string {
  const title = document.runs.length === 1 ? document.runs[0]!.name : `${document.runs.length} runs`;
  const policy = live ? { connect: "'self'", pictures: "'self' data:" } : {};
  return `${pageHead(`${title}: camtune`, `${library('uplot/dist/uPlot.min.css')}${pageStyle}`, policy)}<main id="main"></main>
<p id="news" class="unseen" role="status" aria-live="polite"></p>
<noscript>This report is drawn by a script inside the file; please allow it.</noscript>
${json('document', document)}
${json('pictures', pictures)}
${json('kind', { live })}
<script>${library('uplot/dist/uPlot.iife.min.js')}</script>
<script>${chartScript}${pageScript}</script>
</body>
</html>
`;
}

/** The pictures that a document names, as data: URIs. */
export async function embeddedPictures(
  { runs }: ReportDocument,
  pictures: Pictures,
): Promise<Record<string, string>> {
  const ids = new Set(
    runs.flatMap(({ probes }) =>
      probes.flatMap(({ image, frames }) => [
        ...(image === null ? [] : [image]),
        ...frames.flatMap((frame) => Object.values(frame.pictures)),
      ]),
    ),
  );
  const found: Record<string, string> = {};
  for (const id of ids) {
    const bytes = await pictures.thumbnail(id);
    if (bytes) found[id] = `data:image/webp;base64,${bytes.toString('base64')}`;
  }
  return found;
}

/** A "<" in a name must not end the script element. */
function json(id: string, value: unknown): string {
  return `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`;
}

function library(path: string): string {
  return readFileSync(require.resolve(path), 'utf8').trim();
}
