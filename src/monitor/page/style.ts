/** The style of the report: light and dark, wide and narrow, on paper too. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1f2933; --quiet: #5b6672; --line: #dfe4ea; --accent: #2563a8; --ground: #f6f7f9; --card: #fff; --best: #eaf3ec; --wrong: #b3261e; --right: #1d6b34; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --quiet: #a3adb8; --line: #39424c; --accent: #7db3f0; --ground: #14181c; --card: #1d2228; --best: #1f3527; --wrong: #ff8a80; --right: #7fd79a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1360px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { margin: 0; font-size: 24px; overflow-wrap: anywhere; } h2 { margin: 36px 0 12px; font-size: 18px; } h3 { margin: 0 0 6px; font-size: 14px; overflow-wrap: anywhere; }
.quiet, small, figcaption { color: var(--quiet); } p { margin: 4px 0; } .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.cards, .charts, .probes { display: grid; gap: 14px; }
.cards { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); margin-top: 14px; }
.charts, .probes { grid-template-columns: repeat(auto-fill, minmax(min(400px, 100%), 1fr)); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; min-width: 0; }
.cards b { display: block; font-size: 19px; overflow-wrap: anywhere; } .cards span { color: var(--quiet); font-size: 13px; }
.scroll { overflow: auto; max-height: 480px; }
table.figures { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13px; }
.figures th, .figures td { padding: 5px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
.figures thead th { position: sticky; top: 0; background: var(--card); color: var(--quiet); font-weight: 600; } .figures tbody th { text-align: left; font-weight: 400; }
.figures tr.best > * { background: var(--best); } .figures thead th:first-child { text-align: left; } .figures.words th, .figures.words td { text-align: left; } .figures.words td { white-space: normal; overflow-wrap: break-word; }
pre { margin: 0; overflow: auto; font-size: 13px; }
details { margin-top: 6px; font-size: 13px; } summary { cursor: pointer; color: var(--quiet); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.plot { width: 100%; } .u-legend { font-size: 12px; text-align: left; } .u-legend .u-series th { cursor: pointer; } .u-legend .u-marker { border-radius: 2px; }
.controls { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; margin-bottom: 14px; font-size: 14px; }
.controls label { display: flex; gap: 8px; align-items: center; } .controls .grow { flex: 1 1 260px; } .controls output { min-width: 5.5em; }
select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--quiet); border-radius: 6px; padding: 2px 8px; max-width: 100%; }
input[type=range] { width: 100%; min-width: 80px; accent-color: var(--accent); margin: 6px 0 0; }
.strip { display: grid; grid-template-columns: repeat(auto-fit, minmax(76px, 1fr)); gap: 6px; } .strip img { width: 100%; max-width: 200px; aspect-ratio: 1; object-fit: contain; display: block; margin: auto; background: var(--ground); }
figure { margin: 0; min-width: 0; } figcaption { font-size: 12px; text-align: center; overflow-wrap: anywhere; }
.probe .said { font-size: 13px; } .verdict { font-weight: 600; } .verdict.wrong { color: var(--wrong); } .verdict.right { color: var(--right); }
[hidden] { display: none !important; }
@media (max-width: 600px) { main { padding: 16px 12px 40px; } h2 { margin-top: 26px; } .controls { position: static; } }
@page { margin: 12mm; }
@media print {
  :root { color-scheme: light; --ink: #000; --quiet: #444; --line: #bbb; --ground: #fff; --card: #fff; --best: #eee; --wrong: #8f1d18; --right: #1d5a2e; }
  main { max-width: none; padding: 0; } .controls, .probe input, details:not([open]) { display: none; }
  .card { break-inside: avoid; } .scroll { max-height: none; overflow: visible; } .charts, .probes { grid-template-columns: 1fr 1fr; } h2, h3 { break-after: avoid; } p:empty, .u-legend .u-value, .u-legend .u-series:first-child { display: none; } pre { white-space: pre-wrap; }
}
`;
