import { printable } from '../printable.js';

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in HTML and in an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** The beginning of a page that needs no network, up to its body: a policy forbids it to load anything. */
export function pageHead(title: string, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeHtml(printable(title))}</title>
<style>${style}</style>
</head>
<body>
`;
}

/** A whole page: style and script stand in it. */
export function page(title: string, body: string): string {
  return `${pageHead(title, STYLE)}<main>
${body}
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light; --ink: #1f2933; --quiet: #66727f; --line: #dfe4ea; --accent: #2563a8; }
* { box-sizing: border-box; }
body { margin: 0; background: #f6f7f9; color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1360px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { margin: 0; font-size: 24px; } h2 { margin: 36px 0 12px; font-size: 18px; } h3 { margin: 0 0 6px; font-size: 14px; }
.quiet, small { color: var(--quiet); } p { margin: 4px 0; }
.cards, .charts, .probes { display: grid; gap: 14px; }
.cards { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); margin-top: 18px; }
.charts { grid-template-columns: repeat(auto-fill, minmax(380px, 1fr)); }
.probes { grid-template-columns: repeat(auto-fill, minmax(400px, 1fr)); }
.card { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; min-width: 0; }
.cards b { display: block; font-size: 19px; overflow-wrap: anywhere; } .cards span { color: var(--quiet); font-size: 13px; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--quiet); font-size: 11px; } svg .grid { stroke: #e9edf1; }
.scroll { overflow: auto; max-height: 480px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { position: sticky; top: 0; background: #fff; color: var(--quiet); font-weight: 600; }
tr.best td { background: #eaf3ec; }
pre { margin: 0; overflow: auto; font-size: 13px; }
.strip { display: grid; grid-template-columns: repeat(4, 1fr); gap: 6px; } .strip img { width: 100%; display: block; }
figure { margin: 0; } figcaption { font-size: 12px; color: var(--quiet); text-align: center; }
input[type=range] { width: 100%; accent-color: var(--accent); margin: 8px 0 0; }
.all { position: sticky; top: 0; z-index: 1; display: flex; gap: 14px; align-items: center; margin-bottom: 14px; }
.all input { flex: 1; margin: 0; } .all output { min-width: 80px; }
`;

// Each slider shows its image at one epoch; the one on top moves all of them.
const SCRIPT = `
const probes = [...document.querySelectorAll('.probe')];
function show(probe, at) {
  const frame = JSON.parse(probe.querySelector('script').textContent)[at];
  probe.querySelector('input').value = at;
  for (const kind of ['overlay', 'mask', 'blended']) probe.querySelector('.' + kind).src = frame[kind];
  probe.querySelector('.said').textContent = frame.text;
}
for (const probe of probes) probe.querySelector('input').addEventListener('input', (event) => show(probe, +event.target.value));
const all = document.querySelector('.all input');
if (all) {
  const move = () => {
    document.querySelector('.all output').textContent = 'epoch ' + JSON.parse(all.dataset.epochs)[all.value];
    for (const probe of probes) show(probe, +all.value);
  };
  all.addEventListener('input', move);
  move();
}
`;
