import { escapeHtml, page } from '../../report/index.js';
import { printable } from '../../text/printable.js';
import type { Estimate } from '../../metrics/index.js';
import type { Region } from './regions.js';
import type { ClassFigures, ShortcutReport, ShownFinding } from './report.js';

/** The report as one HTML page that loads nothing, drawn from the JSON document alone. */
export function shortcutPage(report: ShortcutReport): string {
  const { findings, alarm, cure, protocol } = report;
  const alarms = findings.filter((one) => one.alarm);
  const quiet = findings.filter((one) => !one.alarm);
  const body = [
    `<style>${STYLE}</style>`,
    `<h1>Shortcuts</h1><p class="quiet">${text(typeof protocol['data'] === 'string' ? protocol['data'] : '')}</p>`,
    `<p class="state ${alarm ? 'bad' : 'good'}">${text(stateWords(report, alarms))}</p>`,
    ...alarms.map(finding),
    ...(cure
      ? [
          `<h2 id="cure">The cure, beside plain training</h2><div class="card"><pre>${text(cure)}</pre>` +
            '<p class="quiet">It trains with and without the cure, several seeds each, and says what it changes. Let data.val hold images without the artifact: only there does a cure show.</p></div>',
        ]
      : []),
    '<h2>Classes</h2>',
    classTable(report.classes),
    ...(quiet.length > 0
      ? [
          '<h2>Looked at, and no alarm</h2><p class="quiet">What these images have in common may be the object or its background, or may be chance. A background that gives the class away is a shortcut too: look.</p>',
          ...quiet.map(finding),
        ]
      : []),
    `<h2>How to read this</h2><div class="card words">${READING}</div>`,
    `<h2>Protocol</h2><div class="card"><pre>${text(JSON.stringify(protocol, null, 2))}</pre></div>`,
  ];
  return page('Shortcuts: camtune', body.join('\n'));
}

function stateWords(
  { images, candidates, leftOut }: ShortcutReport,
  alarms: readonly ShownFinding[],
): string {
  const classes = [...new Set(alarms.map((one) => one.class))];
  const found =
    alarms.length === 0
      ? 'No shortcut found.'
      : `The network knows ${classes.join(', ')} by something that is probably not the object.`;
  const without =
    leftOut.length > 0 ? ` Not looked at (too few images, or not learned): ${leftOut.join(', ')}.` : '';
  return `${found} ${images} images, ${candidates} groups of images in which it looks at the same place or the same thing.${without}`;
}

function finding(one: ShownFinding): string {
  const {
    alarm,
    where,
    carriers,
    images,
    gain,
    probabilityGain,
    probabilityLoss,
    loss,
    alike,
    adjusted,
    cure,
    outside,
  } = one;
  const rows: [string, string][] = [
    ['images of the class that have it', `${carriers.length} of ${images}`],
    [
      'given to images of other classes',
      `probability of ${one.class} ${points(probabilityGain)}; ${share(gain)} of the evidence that a whole image has`,
    ],
    [
      'taken away from these images',
      `probability of ${one.class} ${points(negative(probabilityLoss))}; ${share(loss)} of the evidence; beyond what as much elsewhere in the image costs`,
    ],
    ['alike in these images', alike.toFixed(2)],
    ...(outside === null ? [] : [['outside of the boxes', percent(outside)] as [string, string]]),
    ['false discovery rate', adjusted < 0.001 ? 'below 0.001' : adjusted.toFixed(3)],
    ['verdict', VERDICTS[one.verdict]],
  ];
  const pictures = one.examples.map((uri, at) => picture(uri, carriers[at]!)).join('');
  return (
    `<section class="card finding${alarm ? ' alarm' : ''}"><h3>${text(one.class)}: ${text(where)}</h3>` +
    `<div class="pictures">${pictures}</div>` +
    `<table>${rows.map(([key, value]) => `<tr><td>${text(key)}</td><td>${text(value)}</td></tr>`).join('')}</table>` +
    (alarm ? `<p><b>Cure.</b> ${text(cure)} <a href="#cure">Command</a></p>` : '') +
    '</section>'
  );
}

function picture(uri: string, { file, region }: ShownFinding['carriers'][number]): string {
  return `<figure><div class="seen"><img src="${uri}" alt="${text(file)}">${region ? outline(region) : ''}</div><figcaption title="${text(file)}">${text(file)}</figcaption></figure>`;
}

/** A region's edges, drawn just inside of it: a frame has an outer and an inner one. */
function outline(region: Region['parts']): string {
  const left = Math.min(...region.map(([edge]) => edge));
  const top = Math.min(...region.map(([, edge]) => edge));
  const right = Math.max(...region.map(([, , edge]) => edge));
  const bottom = Math.max(...region.map(([, , , edge]) => edge));
  const rectangle = (
    from: readonly [number, number],
    to: readonly [number, number],
    inset: number,
  ): string => {
    const [x, y] = from.map((edge) => 100 * edge + inset) as [number, number];
    return `<rect x="${x}" y="${y}" width="${100 * to[0] - inset - x}" height="${100 * to[1] - inset - y}"/>`;
  };
  const width = region.length > 1 ? region[0]![3] - region[0]![1] : 0;
  const inner = rectangle([left + width, top + width], [right - width, bottom - width], 0);
  return (
    '<svg viewBox="0 0 100 100" aria-hidden="true"><g fill="none" stroke="#e0312b" stroke-width="2.5">' +
    `${rectangle([left, top], [right, bottom], 1.25)}${width > 0 ? inner : ''}</g></svg>`
  );
}

function classTable(classes: readonly ClassFigures[]): string {
  const boxes = classes.some(({ outside }) => outside !== undefined);
  const head = [
    'class',
    'images',
    'taken for it',
    ...(boxes ? ['evidence outside of the boxes', 'area outside of the boxes'] : []),
  ];
  const rows = classes.map(({ class: name, images, recall, outside, boxArea }) => [
    name,
    String(images),
    percent(recall),
    ...(boxes
      ? [
          outside ? `${percent(outside.mean)} [${percent(outside.low)}, ${percent(outside.high)}]` : '–',
          boxArea === undefined || Number.isNaN(boxArea) ? '–' : percent(1 - boxArea),
        ]
      : []),
  ]);
  const cells = (row: readonly string[], tag: string): string =>
    row.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join('');
  return `<div class="card scroll"><table><tr>${cells(head, 'th')}</tr>${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('')}</table></div>`;
}

function points({ mean, low, high }: Estimate): string {
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;
  return `${signed(mean)} points [${signed(low)}, ${signed(high)}]`;
}

function negative({ mean, low, high }: Estimate): Estimate {
  return { mean: -mean, low: -high, high: -low };
}

function share({ mean, low, high }: Estimate): string {
  return `${percent(mean)} [${percent(low)}, ${percent(high)}]`;
}

function percent(value: number): string {
  return `${(100 * value).toFixed(0)} %`.replace('-', '−');
}

function text(given: string): string {
  return escapeHtml(given.split('\n').map(printable).join('\n'));
}

const VERDICTS: Record<ShownFinding['verdict'], string> = {
  shortcut: 'shortcut: it moves the network, and is not likely the object',
  weak: 'weak: it moves the network no more than parts of objects do',
  unsure: 'unsure: it may be chance',
  different:
    'different: it moves the network, but looks different in every image, as objects do, and backgrounds',
};

const READING = `
<p><b>Given.</b> The outlined part of these images (or their colors, or their sharpness) is put into images of other classes, at the same place. Each time the same part of an image of yet another class is put there as well; the figure is the difference, with its 95 % interval over images.</p>
<p><b>Taken away.</b> The part is filled with the blur of what is around it, and beside that a part of the same size elsewhere in the same image. A network that also knows the object may lose nothing: then look at what is given.</p>
<p><b>Alike.</b> How well the part correlates with that of the other images, pixel by pixel: a watermark is the same everywhere, an object is not.</p>
<p><b>False discovery rate.</b> Of the sign-flip test of what is given, after Benjamini and Hochberg over all groups of all classes that were tested.</p>
<p>What no test can tell: whether something that looks the same in all images of a class is an artifact or the object. Look at the pictures.</p>`;

const STYLE = `
.state { padding: 10px 14px; border-radius: 8px; margin: 16px 0; font-weight: 600; } .bad { background: #fdecea; color: #8f1d18; } .good { background: #eaf3ec; color: #1d5a2e; }
.finding { margin: 0 0 16px; } .alarm { border-left: 5px solid #e0312b; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(128px, 168px)); gap: 10px; margin: 8px 0 12px; }
.seen { position: relative; } .seen img { width: 100%; display: block; image-rendering: auto; } .seen svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.finding figcaption { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.finding td { text-align: left; white-space: normal; } .finding td:first-child { color: var(--quiet); white-space: nowrap; width: 1%; }
.words p { max-width: 75ch; } th:first-child, td:first-child { text-align: left; }
`;
