/** The style of the page of `camtune explain`. */
export const pageStyle = `
:root { color-scheme: light; --ink: #1f2933; --quiet: #66727f; --line: #dfe4ea; --accent: #2563a8; }
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: 168px 1fr; height: 100vh; background: #f6f7f9; color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
nav { overflow-y: auto; border-right: 1px solid var(--line); background: #fff; padding: 8px; }
nav button { display: block; width: 100%; min-height: 64px; margin: 0 0 8px; padding: 4px; border: 2px solid transparent; border-radius: 6px; background: none; font: 11px/1.3 system-ui, sans-serif; color: var(--quiet); overflow-wrap: anywhere; cursor: pointer; }
nav button.chosen { border-color: var(--accent); color: var(--ink); } nav img { display: block; width: 100%; border-radius: 3px; }
main { overflow-y: auto; padding: 20px 28px 40px; }
h1 { margin: 0; font-size: 20px; overflow-wrap: anywhere; } p { margin: 2px 0; } .quiet, figcaption { color: var(--quiet); font-size: 13px; }
.controls { display: flex; flex-wrap: wrap; gap: 8px 22px; align-items: center; margin: 14px 0; padding: 10px 14px; background: #fff; border: 1px solid var(--line); border-radius: 8px; font-size: 13px; }
.controls label { display: flex; gap: 8px; align-items: center; } input[type=range] { width: 120px; accent-color: var(--accent); }
select, .controls button { font: inherit; }
.bar { display: flex; gap: 6px; align-items: center; } .bar canvas { width: 120px; height: 12px; border-radius: 2px; }
figure { margin: 0; } figure canvas { max-width: 100%; max-height: 58vh; border-radius: 4px; }
.methods { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px; margin: 18px 0; }
.methods button { padding: 6px; border: 2px solid var(--line); border-radius: 8px; background: #fff; font: 13px/1.4 system-ui, sans-serif; color: var(--ink); cursor: pointer; text-align: left; }
.methods button.chosen { border-color: var(--accent); } .methods canvas { display: block; width: 100%; margin-bottom: 4px; } small { color: var(--quiet); }
`;

/** The script of the page: reads the records that stand in it, draws the chosen one, colors its maps. */
export const pageScript = `
const find = (id) => document.getElementById(id);
const sources = [...document.querySelectorAll('script.image')];
const settings = JSON.parse(document.querySelector('script.settings').textContent);
const tables = Object.fromEntries(Object.entries(settings.colors).map(([name, text]) => [name, Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]));
const recordAt = (at) => JSON.parse(sources[at].textContent);
const picture = (uri) => new Promise((resolve) => { const image = new Image(); image.onload = () => resolve(image); image.src = uri; });
const state = { at: 0, method: '', class: 0 };
let record, photo, grays;

const element = (name, text = '') => Object.assign(document.createElement(name), { textContent: text });
const options = (select, entries, value) => {
  select.replaceChildren(...entries.map(([key, text]) => Object.assign(element('option', text), { value: key })));
  select.value = value;
};
const mapOf = (method) => {
  const own = record.maps.filter((map) => map.method === method);
  return own.find((map) => map.index === state.class) || own[0];
};
const methods = () => [...new Set(record.maps.map((map) => map.method))];
const percent = (value) => (100 * value).toFixed(1) + ' %';
const time = (ms) => ms < 1000 ? ms.toFixed(0) + ' ms' : (ms / 1000).toFixed(1) + ' s';

function colored(map) {
  const gray = grays.get(map);
  const canvas = document.createElement('canvas');
  canvas.width = gray.width; canvas.height = gray.height;
  const context = canvas.getContext('2d');
  context.drawImage(gray, 0, 0);
  const data = context.getImageData(0, 0, canvas.width, canvas.height);
  const table = tables[find('colormap').value];
  for (let i = 0; i < data.data.length; i += 4) {
    const color = data.data[i] * 3;
    for (let c = 0; c < 3; c++) data.data[i + c] = table[color + c];
  }
  context.putImageData(data, 0, 0);
  return canvas;
}

// Drawn no larger than it is shown: the picture that the page holds, or twice that where it is small.
function draw(canvas, map, width, wipe) {
  const scale = width / photo.naturalWidth;
  canvas.width = Math.round(width); canvas.height = Math.max(1, Math.round(photo.naturalHeight * scale));
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(photo, 0, 0, canvas.width, canvas.height);
  const [left, top, wide, high] = record.part;
  const x = left * canvas.width, w = wide * canvas.width;
  context.save();
  context.beginPath(); context.rect(x, 0, w * wipe, canvas.height); context.clip();
  context.globalAlpha = +find('opacity').value;
  context.drawImage(colored(map), x, top * canvas.height, w, high * canvas.height);
  context.restore();
  if (wipe > 0 && wipe < 1) { context.fillStyle = '#fff'; context.fillRect(x + w * wipe - 1, top * canvas.height, 2, high * canvas.height); }
}

function show() {
  const map = mapOf(state.method);
  const side = Math.max(photo.naturalWidth, photo.naturalHeight);
  draw(find('large'), map, photo.naturalWidth * Math.max(1, 640 / side), +find('wipe').value);
  const said = record.classes.find(({ index }) => index === state.class);
  const empty = (one) => one.range[0] === one.range[1] ? '; a map of 0: nothing found for this class' : '';
  find('caption').textContent = state.method + ' for ' + said.class + ' (' + percent(said.probability) + '), ' + time(map.ms) + empty(map);
  find('methods').replaceChildren(...methods().map((name) => {
    const button = element('button');
    const canvas = document.createElement('canvas');
    draw(canvas, mapOf(name), Math.min(photo.naturalWidth, 320), 1);
    button.append(canvas, name, element('br'), element('small', time(mapOf(name).ms) + (empty(mapOf(name)) ? ', map of 0' : '')));
    button.className = name === state.method ? 'chosen' : '';
    button.onclick = () => { state.method = find('method').value = name; show(); };
    return button;
  }));
  const bar = find('bar').getContext('2d');
  const table = tables[find('colormap').value];
  for (let i = 0; i < 256; i++) { bar.fillStyle = 'rgb(' + table.subarray(i * 3, i * 3 + 3).join() + ')'; bar.fillRect(i, 0, 1, 1); }
}

async function choose(at) {
  state.at = at;
  const chosen = recordAt(at);
  const [image, ...maps] = await Promise.all([picture(chosen.photo), ...chosen.maps.map((map) => picture(map.picture))]);
  if (state.at !== at) return;
  record = chosen; photo = image; grays = new Map(chosen.maps.map((map, i) => [map, maps[i]]));
  if (!methods().includes(state.method)) state.method = methods()[0];
  state.class = record.classes[0].index;
  options(find('method'), methods().map((name) => [name, name]), state.method);
  options(find('class'), record.classes.map(({ index, class: name, probability }) => [index, name + ' ' + percent(probability)]), state.class);
  find('name').textContent = record.image;
  find('about').textContent = record.size + ' pixels';
  find('place').textContent = (at + 1) + ' / ' + sources.length;
  [...find('images').children].forEach((button, i) => button.classList.toggle('chosen', i === at));
  show();
}

const step = (by) => choose((state.at + by + sources.length) % sources.length);
find('previous').onclick = () => step(-1);
find('next').onclick = () => step(1);
document.addEventListener('keydown', (event) => {
  if (['INPUT', 'SELECT'].includes(event.target.tagName)) return;
  if (event.key === 'ArrowLeft') step(-1);
  if (event.key === 'ArrowRight') step(1);
});
find('class').onchange = (event) => { state.class = +event.target.value; show(); };
find('method').onchange = (event) => { state.method = event.target.value; show(); };
for (const id of ['opacity', 'wipe', 'colormap']) find(id).oninput = show;
find('opacity').value = settings.opacity;
options(find('colormap'), Object.keys(tables).map((name) => [name, name]), settings.colormap);

// A thumbnail is made when it comes into view: a page of a thousand images opens at once.
const watch = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watch.unobserve(target);
    const { photo: src, image } = recordAt(+target.dataset.at);
    target.replaceChildren(Object.assign(new Image(), { src, alt: '' }), image.split('/').slice(-2).join('/'));
  }
}, { root: find('images'), rootMargin: '400px' });
sources.forEach((_, at) => {
  const button = element('button');
  button.dataset.at = at;
  button.onclick = () => choose(at);
  find('images').append(button);
  watch.observe(button);
});
if (sources.length > 0) choose(0);
`;
