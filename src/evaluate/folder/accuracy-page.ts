import { join } from 'node:path';
import { escapeHtml, page, pictureUri, readPhoto } from '../../report/index.js';
import { printable } from '../../text/printable.js';
import type { AccuracyReport, WrongImage } from '../index.js';
import type { Estimate } from '../../metrics/index.js';

/** More classes than this make a table that nobody can read: then the pairs that are mixed up most stand alone. */
const MOST_CLASSES = 40;
const MOST_PAIRS = 20;
const THUMBNAIL = 200;

/**
 * One HTML page about the accuracy of a network; pictures are inside, nothing is loaded.
 *
 * @param diagram of its calibration, SVG
 * @param dir folder that the names of the images are relative to
 */
export async function accuracyPage(report: AccuracyReport, diagram: string, dir: string): Promise<string> {
  const { protocol, worst } = report;
  const shown = await Promise.all(worst.map((wrong) => figure(wrong, dir)));
  return page(
    'Accuracy',
    [
      `<style>${style}</style><h1>Accuracy</h1>`,
      `<p class="quiet">${typeof protocol['data'] === 'string' ? text(protocol['data']) : ''}</p>`,
      cards(report),
      '<h2>Calibration</h2>',
      calibrationPart(diagram),
      '<h2>Classes</h2>',
      classTable(report),
      confusionPart(report),
      ...(shown.length > 0
        ? ['<h2>The most confidently wrong images</h2>', `<div class="worst">${shown.join('')}</div>`]
        : []),
      `<h2>Protocol</h2><div class="card"><pre>${text(JSON.stringify(protocol, null, 2))}</pre></div>`,
    ].join('\n'),
  );
}

function cards({ images, methods, balancedAccuracy, calibration, classes }: AccuracyReport): string {
  const { top1, top5, loss } = methods['network']!;
  const card = (value: string, name: string, more = ''): string =>
    `<div class="card"><b>${value}</b><span>${name}${more && `<br>${more}`}</span></div>`;
  const estimate = (of: Estimate | null, show: (value: number) => string): [string, string] =>
    of ? [show(of.mean), `95 %: ${show(of.low)} to ${show(of.high)}`] : ['–', ''];
  const [[a, aRange], [b, bRange], [c, cRange]] = [
    estimate(top1, percent),
    estimate(top5, percent),
    estimate(loss, (value) => value.toFixed(3)),
  ];
  return `<div class="cards">${[
    card(a, 'top-1', aRange),
    card(b, 'top-5', bRange),
    card(c, 'cross entropy', cRange),
    card(percent(balancedAccuracy), 'balanced accuracy', 'mean recall of the classes'),
    card(calibration.error.toFixed(3), 'calibration error', `${calibration.bins.length} bins of equal width`),
    card(String(images), 'images', `${classes.filter(({ support }) => support > 0).length} classes`),
  ].join('')}</div>`;
}

function calibrationPart(diagram: string): string {
  return `<div class="card calibration">${diagram}<p class="quiet">How often the network is right (blue)
where it says a probability. On the dashed line both are the same: that network is calibrated. Orange is the distance;
its mean over all images is the calibration error. A bin with few images (gray, below) says little.</p></div>`;
}

function classTable({ classes }: AccuracyReport): string {
  const rows = [...classes].sort((a, b) => (a.f1 ?? -1) - (b.f1 ?? -1));
  const cell = (share: number | null): string =>
    share === null
      ? '<td>–</td>'
      : `<td style="background:linear-gradient(to right, #dbe7f3 ${Math.round(100 * share)}%, transparent 0)">${percent(share)}</td>`;
  return `<div class="card scroll"><table><tr><th class="name">class</th><th>images</th><th>predicted</th><th>precision</th><th>recall</th><th>F1</th></tr>
${rows
  .map(
    (row) =>
      `<tr><td class="name">${text(row.class)}</td><td>${row.support}</td><td>${row.predicted}</td>${[row.precision, row.recall, row.f1].map(cell).join('')}</tr>`,
  )
  .join('\n')}</table></div>`;
}

function confusionPart(report: AccuracyReport): string {
  const { classes } = report;
  const pairs = mixedUp(report);
  const table =
    classes.length > MOST_CLASSES
      ? `<p class="quiet">${classes.length} classes: the whole table stands in confusion.csv.</p>`
      : confusionTable(report);
  const list = pairs
    .map(
      ({ label, predicted, count, share }) =>
        `<tr><td class="name">${text(label)}</td><td class="name">${text(predicted)}</td><td>${count}</td><td>${percent(share)}</td></tr>`,
    )
    .join('\n');
  return [
    '<h2>Confusion</h2>',
    table,
    ...(pairs.length > 0
      ? [
          `<h3 class="below">Mixed up most often</h3><div class="card scroll"><table><tr><th class="name">class</th><th class="name">taken for</th><th>images</th><th>of the class</th></tr>${list}</table></div>`,
        ]
      : []),
  ].join('\n');
}

function confusionTable({ classes, confusion }: AccuracyReport): string {
  const head = classes.map(({ class: name }) => `<th><span>${text(name)}</span></th>`).join('');
  const rows = classes.map(({ class: name, support }, row) => {
    const cells = confusion[row]!.map((count, column) => {
      const share = support > 0 ? count / support : 0;
      const [color, strong] = row === column ? ['37, 99, 168', share > 0.6] : ['209, 105, 14', share > 0.7];
      const title = `${name} taken for ${classes[column]!.class}: ${count} of ${support}`;
      return `<td title="${text(title)}" style="background:rgba(${color}, ${share.toFixed(3)})${strong ? '; color: white' : ''}">${count || ''}</td>`;
    });
    return `<tr><td class="name">${text(name)}</td>${cells.join('')}</tr>`;
  });
  return `<div class="card wide"><p class="quiet">Rows: what an image is. Columns: what the network takes it for.</p>
<table class="confusion"><tr><th></th>${head}</tr>${rows.join('\n')}</table></div>`;
}

/** Pairs of classes by how many images of the one were taken for the other. */
function mixedUp({ classes, confusion }: AccuracyReport) {
  return confusion
    .flatMap((row, label) =>
      row.flatMap((count, predicted) =>
        count === 0 || label === predicted
          ? []
          : [
              {
                label: classes[label]!.class,
                predicted: classes[predicted]!.class,
                count,
                share: count / classes[label]!.support,
              },
            ],
      ),
    )
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_PAIRS);
}

async function figure({ image, label, predicted, probability, labelProbability }: WrongImage, dir: string) {
  // Read a moment ago by another decoder; a picture that this one cannot read is no reason to have no page.
  const uri = await readPhoto(join(dir, image))
    .then((photo) => pictureUri(photo, THUMBNAIL))
    .catch(() => undefined);
  return (
    `<figure class="card">${uri ? `<img alt="" src="${uri}">` : '<p class="quiet">cannot be shown</p>'}<figcaption><b>${text(predicted)}</b> ${percent(probability)}` +
    `<br>is ${text(label)} (${percent(labelProbability)})<br><small>${text(image)}</small></figcaption></figure>`
  );
}

function text(given: string): string {
  return escapeHtml(given.split('\n').map(printable).join('\n'));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const style = `
.name { text-align: left; max-width: 260px; overflow: hidden; text-overflow: ellipsis; }
.calibration { display: flex; gap: 24px; align-items: center; flex-wrap: wrap; } .calibration svg { width: 362px; flex: none; }
.calibration p { flex: 1 1 260px; max-width: 520px; }
.wide { overflow-x: auto; } .below { margin-top: 18px; }
.confusion { width: auto; } .confusion td { text-align: center; padding: 4px 6px; min-width: 30px; border: 1px solid #eef1f4; }
.confusion td.name { text-align: right; }
.confusion th { position: static; padding: 4px; vertical-align: bottom; } .confusion th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 150px; overflow: hidden; }
.worst { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); }
.worst img { width: 100%; height: 160px; object-fit: contain; background: #f1f3f5; } .worst figcaption { text-align: left; overflow-wrap: anywhere; margin-top: 6px; }
`;
