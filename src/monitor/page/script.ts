/**
 * What shows the document. Everything is drawn once and then kept up to date in place, so that a reader keeps his place:
 * the focus, the sliders, the filters, the order of the images, what is open and how far it is scrolled.
 */
export const pageScript = `
const find = (id) => document.getElementById(id);
const read = (id) => JSON.parse(find(id).textContent);
const pictures = read('pictures');
const { live } = read('kind');
let report = read('document');

function node(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}
const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const option = (select, values) => {
  const chosen = select.value;
  if ([...select.options].map(({ value }) => value).join('|') === values.map(([value]) => value).join('|')) return;
  select.replaceChildren(...values.map(([value, text]) => node('option', { value }, text)));
  if (values.some(([value]) => value === chosen)) select.value = chosen;
};
function fillTable(table, head, rows, best) {
  const cells = (row, tag, scope) => row.map((cell, at) => node(at === 0 && scope ? 'th' : tag, at === 0 && scope ? { scope: 'row' } : tag === 'th' ? { scope: 'col' } : {}, cell));
  table.replaceChildren(
    node('thead', {}, node('tr', {}, ...cells(head, 'th'))),
    node('tbody', {}, ...rows.map((row, at) => node('tr', at === best ? { class: 'best' } : {}, ...cells(row, 'td', true)))),
  );
}

// ---- the frame of the page
const section = (id, title, ...content) => node('section', { 'aria-labelledby': 'title-' + id }, node('h2', { id: 'title-' + id }, title), ...content);
const select = (id, label) => node('label', { for: id }, label, node('select', { id }));
find('main').append(
  node('header', {}, node('h1', { id: 'name' }), node('p', { class: 'quiet', id: 'link' })),
  node('div', { id: 'runs' }),
  section('settings', 'What differs between the recipes', node('div', { class: 'card scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of the differences' }, node('table', { class: 'figures words', id: 'settings' })), node('p', { class: 'quiet', id: 'none-settings' })),
  section('curves', 'Curves', node('p', { class: 'quiet', id: 'none-curves' }), node('div', { class: 'charts', id: 'section-curves' })),
  section('changes', 'How the maps change from one epoch to the next', node('p', { class: 'quiet', id: 'none-changes' }), node('div', { class: 'charts', id: 'section-changes' })),
  section('probes', 'What the network looks at', node('p', { class: 'quiet', id: 'none-probes' }),
    node('div', { class: 'card controls', id: 'controls', role: 'group', 'aria-label': 'Choice of images' },
      node('label', { class: 'grow', for: 'epoch' }, 'All\\u00a0images', node('input', { type: 'range', id: 'epoch', min: '0', value: '0', 'aria-label': 'epoch of all images' }), node('output', { for: 'epoch', id: 'epoch-text' })),
      select('class', 'class'), select('verdict', 'verdict'), select('order', 'order'), select('kind-of-picture', 'pictures'),
      node('button', { id: 'again', type: 'button', hidden: '' }, 'Order anew'), node('span', { class: 'quiet', id: 'shown', role: 'status' })),
    node('div', { class: 'probes', id: 'probes' })),
  section('epochs', 'Epochs', node('div', { id: 'epochs' })),
  section('recipe', 'Recipe', node('div', { id: 'recipes' })),
);

// ---- one block for each run: kept, by the run's place
function block(parent, at, make) {
  while (parent.children.length <= at) parent.append(make());
  return parent.children[at];
}
function showRuns({ of, runs }) {
  for (const id of ['curves', 'recipe']) find('title-' + id).parentElement.hidden = of === 'maps';
  write(find('name'), runs.length === 1 ? runs[0].name : runs.length + ' runs');
  runs.forEach((run, at) => {
    const own = block(find('runs'), at, () => node('div', {}, node('h2'), node('p', { class: 'quiet' }), node('div', { class: 'cards' })));
    own.children[0].hidden = runs.length === 1;
    write(own.children[0], run.name);
    write(own.children[1], run.state);
    const cards = run.cards.map(([key, value]) => node('div', { class: 'card' }, node('b', {}, value), node('span', {}, key)));
    own.children[2].replaceChildren(...cards);

    const epochs = block(find('epochs'), at, () => node('div', {}, node('h3'), node('p', { class: 'quiet' }), node('div', { class: 'card scroll', tabindex: '0', role: 'region' }, node('table', { class: 'figures' }))));
    epochs.children[0].hidden = runs.length === 1;
    write(epochs.children[0], run.name);
    write(epochs.children[1], run.epochs.rows.length === 0 ? 'None yet.' : '');
    epochs.children[2].hidden = run.epochs.rows.length === 0;
    epochs.children[2].setAttribute('aria-label', 'Epochs of ' + run.name);
    fillTable(epochs.children[2].firstChild, run.epochs.head, run.epochs.rows, run.epochs.best);

    const recipe = block(find('recipes'), at, () => node('div', {}, node('h3'), node('div', { class: 'card' }, node('pre', { tabindex: '0', role: 'region' }))));
    recipe.children[0].hidden = runs.length === 1;
    write(recipe.children[0], run.name);
    recipe.querySelector('pre').setAttribute('aria-label', 'Recipe of ' + run.name);
    write(recipe.querySelector('pre'), run.recipe ?? 'No recipe.yaml.');
  });
  find('title-settings').parentElement.hidden = runs.length === 1;
  const keys = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))];
  const rows = keys.map((key) => [key, ...runs.map(({ settings }) => settings[key] ?? '–')]).filter(([, ...values]) => new Set(values).size > 1);
  find('settings').parentElement.hidden = rows.length === 0;
  write(find('none-settings'), rows.length === 0 ? 'Nothing.' : '');
  fillTable(find('settings'), ['key', ...runs.map(({ name }) => name)], rows);
}

// ---- the images
const chosen = new Map(); // epoch that an image's own slider is at; the newest one where it is not in here
let everywhere; // the same of the slider for all
const cards = new Map();
const epochsOf = (images) => [...new Set(images.flatMap(({ probe }) => probe.frames.map(({ epoch }) => epoch)))].sort((a, b) => a - b);
const source = (id) => id == null ? '' : pictures[id] ?? (live ? 'picture/' + id : '');

function imagesOf({ runs }) {
  const found = new Map();
  runs.forEach((run, at) => run.probes.forEach((probe) => {
    const key = probe.file + '|' + probe.label;
    if (!found.has(key)) found.set(key, { key, file: probe.file, label: probe.label, own: [] });
    found.get(key).own.push({ run, at, probe });
  }));
  return [...found.values()].map((image) => ({
    ...image,
    wrong: image.own.some(({ probe }) => probe.verdict === 'wrong'),
    right: image.own.some(({ probe }) => probe.verdict === 'right'),
    constant: image.own.some(({ probe }) => probe.constant),
    moved: Math.max(...image.own.map(({ probe }) => probe.moved ?? -1)),
  }));
}
const ORDERS = {
  wrong: (a, b) => (b.wrong - a.wrong) || (b.moved - a.moved),
  moved: (a, b) => b.moved - a.moved,
  file: (a, b) => a.file < b.file ? -1 : 1,
};

function makeCard({ key, label, file }) {
  const slider = node('input', { type: 'range', min: '0', 'aria-label': 'epoch of ' + label + ', ' + file });
  const strip = node('div', { class: 'strip' });
  const said = node('div', { class: 'said quiet' });
  const verdict = node('span', { class: 'verdict' });
  const card = node('article', { class: 'card probe', 'data-file': file, 'aria-label': label + ', ' + file }, node('h3', {}, label + ' ', node('small', {}, file), ' ', verdict), strip, slider, said);
  const own = { card, strip, slider, said, verdict, figures: new Map() };
  slider.addEventListener('input', () => {
    const epochs = own.epochs;
    const at = epochs[+slider.value];
    if (+slider.value === epochs.length - 1) chosen.delete(key); else chosen.set(key, at);
    showCard(own);
  });
  return own;
}

function figure(own, id, caption, src, alt) {
  let made = own.figures.get(id);
  if (!made) {
    made = node('figure', {}, node('img', { alt: '', loading: 'lazy', class: id.split(' ').at(-1) }), node('figcaption'));
    own.figures.set(id, made);
  }
  if (made.parentElement !== own.strip) own.strip.append(made);
  const picture = made.firstChild;
  if (src && picture.getAttribute('src') !== src) picture.src = src;
  picture.hidden = !src;
  picture.alt = alt;
  write(made.lastChild, caption);
  return made;
}

// The picture at an epoch: of a run that has no snapshot then, the last one before.
function showCard(own) {
  const { image, epochs } = own;
  const several = report.runs.length > 1;
  const wanted = chosen.get(image.key) ?? everywhere ?? epochs.at(-1);
  const at = Math.max(0, epochs.findLastIndex((epoch) => epoch <= wanted));
  own.slider.max = String(epochs.length - 1);
  own.slider.value = String(at);
  own.slider.setAttribute('aria-valuetext', 'epoch ' + epochs[at]);
  const shown = new Set();
  const show = (id, ...rest) => { shown.add(id); figure(own, id, ...rest); };
  const original = image.own.find(({ probe }) => probe.image !== null);
  if (original) show('image', 'image', source(original.probe.image), 'the image ' + image.file);
  const lines = image.own.map(({ run, at: place, probe }) => {
    const frame = probe.frames.findLast(({ epoch }) => epoch <= epochs[at]);
    const who = several ? run.name + ', ' : '';
    if (!frame) return who + 'epoch ' + epochs[at] + ': no snapshot yet';
    const text = who + 'epoch ' + frame.epoch + ': ' + frame.text;
    const kinds = Object.keys(frame.pictures).filter((kind) => ['all', kind].includes(find('kind-of-picture').value));
    for (const kind of kinds) show(place + ' ' + kind, several ? run.name + (kinds.length > 1 ? ', ' + kind : '') : kind, source(frame.pictures[kind]), kind + ' of ' + image.file + ', ' + text);
    return text;
  });
  for (const [id, made] of own.figures) if (!shown.has(id)) { made.remove(); own.figures.delete(id); }
  if (image.moved >= 0) lines.push('the map moves by ' + short(image.moved) + ' a step (1 − Spearman)' + (several && image.own.length > 1 ? ', in the run where it moves most' : ''));
  const said = [...own.said.children].map(({ textContent }) => textContent);
  if (said.join('|') !== lines.join('|')) own.said.replaceChildren(...lines.map((line) => node('p', {}, line)));
  write(own.verdict, image.wrong ? (image.right ? 'wrong in a run' : 'wrong') : image.right ? 'right' : '');
  own.verdict.className = 'verdict ' + (image.wrong ? 'wrong' : 'right');
}

let order = [];
function showProbes(ranked) {
  const images = imagesOf(report);
  const epochs = epochsOf(images.flatMap(({ own }) => own));
  write(find('none-probes'), images.length === 0 ? 'No snapshots.' : '');
  find('controls').hidden = images.length === 0;
  const labels = [...new Set(images.map(({ label }) => label))].sort();
  const judged = report.of === 'runs';
  option(find('class'), [['', 'all'], ...labels.map((label) => ['=' + label, label])]);
  option(find('verdict'), [['', 'all'], ...(judged ? [['wrong', 'wrong'], ['right', 'right']] : []), ['constant', 'no map']]);
  option(find('order'), [...(judged ? [['wrong', 'wrong first, then most moved']] : []), ['moved', 'most moved'], ['file', 'file']]);
  const kinds = [...new Set(images.flatMap(({ own }) => own.flatMap(({ probe }) => probe.frames.flatMap((frame) => Object.keys(frame.pictures)))))];
  // A choice of one is none.
  for (const [id, values] of [['class', labels], ['kind-of-picture', kinds]]) find(id).parentElement.hidden = values.length < 2;
  find('verdict').parentElement.hidden = !judged && !images.some(({ constant }) => constant);
  const first = find('kind-of-picture').options.length === 0;
  option(find('kind-of-picture'), [['all', 'all'], ...kinds.map((kind) => [kind, kind])]);
  if (first && report.runs.length > 1 && kinds.length > 0) find('kind-of-picture').value = kinds[0];

  const best = images.toSorted(ORDERS[find('order').value]).map(({ key }) => key);
  // New figures do not move the images under the reader's eyes; a button does.
  if (ranked || order.length === 0) order = best;
  order = [...order.filter((key) => best.includes(key)), ...best.filter((key) => !order.includes(key))];
  find('again').hidden = order.join('|') === best.join('|');

  const slider = find('epoch');
  slider.max = String(Math.max(0, epochs.length - 1));
  const at = everywhere === undefined ? epochs.length - 1 : Math.max(0, epochs.findLastIndex((epoch) => epoch <= everywhere));
  slider.value = String(Math.max(0, at));
  const text = epochs.length > 0 ? 'epoch ' + epochs[at] : '';
  write(find('epoch-text'), text);
  slider.setAttribute('aria-valuetext', text);

  const [label, verdict] = [find('class').value, find('verdict').value];
  let count = 0;
  let before = null;
  for (const key of order) {
    const image = images.find((one) => one.key === key);
    let own = cards.get(key);
    if (!own) cards.set(key, (own = makeCard(image)));
    own.image = image;
    own.epochs = epochsOf(image.own);
    showCard(own);
    // Moved only where it stands elsewhere: moving takes the focus away.
    const next = before ? before.nextSibling : find('probes').firstChild;
    if (next !== own.card) find('probes').insertBefore(own.card, next);
    before = own.card;
    const fits = (label === '' || '=' + image.label === label) && (verdict === '' || image[verdict]);
    own.card.hidden = !fits && !own.card.contains(document.activeElement);
    if (!own.card.hidden) count++;
  }
  for (const [key, own] of cards) if (!order.includes(key)) { own.card.remove(); cards.delete(key); }
  write(find('shown'), images.length > 0 ? count + ' of ' + images.length + ' images' : '');
}
find('epoch').addEventListener('input', (event) => {
  const epochs = epochsOf(imagesOf(report).flatMap(({ own }) => own));
  const at = +event.target.value;
  everywhere = at === epochs.length - 1 ? undefined : epochs[at];
  chosen.clear();
  showProbes(false);
});
for (const id of ['class', 'verdict', 'kind-of-picture']) find(id).addEventListener('change', () => showProbes(false));
find('order').addEventListener('change', () => showProbes(true));
find('again').addEventListener('click', () => { showProbes(true); find('order').focus(); });

// ---- what is new
function show(next) {
  const news = next.runs.flatMap((run, at) => {
    const known = report.runs[at]?.epochs.rows.length ?? 0;
    if (next === report || run.epochs.rows.length === known) return [];
    return [(next.runs.length > 1 ? run.name + ': ' : '') + run.state + ', ' + run.cards.map(([key, value]) => key + ' ' + value).join(', ')];
  });
  report = next;
  showRuns(report);
  showCharts(report.runs);
  showProbes(false);
  if (news.length > 0) write(find('news'), news.join('; '));
}
show(report);

if (live) {
  const events = new EventSource('events');
  let wanted = 0;
  events.addEventListener('report', async () => {
    const mine = ++wanted;
    const answer = await fetch('report.json').catch(() => null);
    if (answer?.ok && mine === wanted) show(await answer.json());
  });
  events.addEventListener('open', () => write(find('link'), 'live: this page follows the run'));
  events.addEventListener('error', () => write(find('link'), 'not connected: the monitor has ended, or is out of reach; what you see stays'));
}
`;
