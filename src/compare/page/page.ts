import { decodePicture, pictureUri } from '../../report/index.js';
import { type ComparisonReport, type FigureName, figures } from '../index.js';
import { escapeHtml, page } from '../../report/index.js';
import { accuracyCurves } from './curves.js';
import { forestPlot } from './forest.js';
import { protocolRows } from './protocol.js';
import { comparisonTables, EACH_SEED, type Table } from './tables.js';
import { question, reading } from './words.js';

/** Longest side of a strip of training images, pixels. */
const STRIP = 1152;

/**
 * The report of a comparison as one HTML page that loads nothing.
 *
 * @param name of the comparison, its heading
 */
export async function comparisonPage(name: string, report: ComparisonReport): Promise<string> {
  const { arms, results, protocol, done, planned, control } = report;
  const [accuracy, ...tables] = comparisonTables(report) as [Table, ...Table[]];
  const state = done === planned ? `${planned} runs` : `${done} of ${planned} runs done`;
  const body = [
    `<style>${STYLE}</style>`,
    `<h1>${escapeHtml(name)}</h1><p class="quiet">camtune compare: ${escapeHtml(Object.keys(arms).join(', '))}; ${state}</p>`,
    `<section class="words">${paragraphs(question(report))}</section>`,
    heading('What each arm trains on'),
    await strips(report),
    section(accuracy),
    forests(report),
    `<section class="words"><h3>How to read the intervals</h3>${paragraphs(reading(report))}</section>`,
    ...tables.map(section),
    heading('Validation accuracy by epoch'),
    `<p class="quiet">Means over the ${report.unit}s. Epoch 0 is before training.</p>`,
    charts(accuracyCurves(results, control).map(({ arm, svg }) => [`${arm} and ${control}`, svg])),
    heading('Protocol'),
    `<div class="card wide protocol"><table>${protocolRows(protocol)
      .map(([key, value]) => `<tr><td>${escapeHtml(key)}</td><td>${escapeHtml(value)}</td></tr>`)
      .join('')}</table></div>`,
  ];
  return page(`${name}: camtune compare`, body.join('\n'));
}

/** The same training images as each arm shows them to its network. */
async function strips({ arms }: ComparisonReport): Promise<string> {
  const rows = await Promise.all(
    Object.entries(arms).map(async ([name, { summary, stagePicture }]) => {
      const picture = stagePicture
        ? `<img alt="" src="${await pictureUri(await decodePicture(stagePicture), STRIP)}">`
        : '';
      return `<div><b>${escapeHtml(name)}</b><span class="quiet">${escapeHtml(summary)}</span></div>${picture}`;
    }),
  );
  return (
    '<p class="quiet">The same training images, each arm as its own network sees them at the end of its training ' +
    '(in training some images stay as they are, where the recipe says so).</p>' +
    `<div class="card arms">${rows.join('')}</div>`
  );
}

function forests({ arms, control }: ComparisonReport): string {
  const shown: FigureName[] = ['top1', 'equalTimeTop1', 'swappedTop1'];
  return charts(
    shown.map((name) => [
      `${figures[name].label}: difference to ${control}`,
      forestPlot(
        Object.entries(arms).map(([arm, summary]) => ({
          name: arm,
          difference: summary.figures[name].difference,
        })),
        control,
      ),
    ]),
  );
}

function charts(entries: (readonly [title: string, svg: string | undefined])[]): string {
  const cards = entries.flatMap(([title, svg]) =>
    svg ? [`<div class="card"><h3>${escapeHtml(title)}</h3>${svg}</div>`] : [],
  );
  return cards.length > 0
    ? `<div class="charts">${cards.join('\n')}</div>`
    : '<p class="quiet">Needs the control and another arm with the same seed.</p>';
}

function section({ title, note, head, rows }: Table): string {
  const list = head.indexOf(EACH_SEED);
  const cells = (row: string[], tag: string): string =>
    `<tr>${row.map((cell, at) => `<${tag}${at === list ? ' class="list"' : ''}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return (
    `${heading(title)}<p class="note">${escapeHtml(note)}</p>` +
    `<div class="card wide"><table><thead>${cells(head, 'th')}</thead><tbody>` +
    `${rows.map((row) => cells(row, 'td')).join('')}</tbody></table></div>`
  );
}

function heading(title: string): string {
  return `<h2>${escapeHtml(title)}</h2>`;
}

function paragraphs(lines: readonly string[]): string {
  return lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('');
}

const STYLE = `
.words { max-width: 860px; margin-top: 14px; } .words p { margin: 8px 0; } .words h3 { margin-top: 20px; }
.note { max-width: 860px; color: var(--quiet); margin-bottom: 10px; }
.wide { overflow-x: auto; } .wide th:first-child, .wide td:first-child { text-align: left; font-weight: 600; }
.list { white-space: normal; min-width: 150px; }
.charts { margin-top: 14px; } .protocol td { white-space: normal; text-align: left; vertical-align: top; }
.arms { display: grid; grid-template-columns: 220px minmax(0, 1fr); gap: 8px 16px; align-items: center; }
.arms img { display: block; width: 100%; max-width: 720px; } .arms b { display: block; } .arms span { font-size: 13px; }
`;
