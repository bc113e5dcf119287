import { printable } from '../text/printable.js';

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

/** Where a page may load from, as sources of a Content-Security-Policy. */
export interface PagePolicy {
  /** Pictures; default: those inside the page. */
  pictures?: string;
  /** What scripts ask for; default: nothing. */
  connect?: string;
}

/** The beginning of a page, up to its body: a policy forbids it to load anything, unless said otherwise. */
export function pageHead(
  title: string,
  style: string,
  { pictures = 'data:', connect = "'none'" }: PagePolicy = {},
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src ${pictures}; connect-src ${connect}; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>${escapeHtml(printable(title))}</title>
<style>${style}</style>
</head>
<body>
`;
}

/** A whole page: its style stands in it. */
export function page(title: string, body: string): string {
  return `${pageHead(title, STYLE)}<main>
${body}
</main>
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
.cards, .charts { display: grid; gap: 14px; }
.cards { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); margin-top: 18px; }
.charts { grid-template-columns: repeat(auto-fill, minmax(380px, 1fr)); }
.card { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; min-width: 0; }
.cards b { display: block; font-size: 19px; overflow-wrap: anywhere; } .cards span { color: var(--quiet); font-size: 13px; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--quiet); font-size: 11px; } svg .grid { stroke: #e9edf1; }
.scroll { overflow: auto; max-height: 480px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { position: sticky; top: 0; background: #fff; color: var(--quiet); font-weight: 600; }
tr.best td { background: #eaf3ec; }
pre { margin: 0; overflow: auto; font-size: 13px; }
figure { margin: 0; } figcaption { font-size: 12px; color: var(--quiet); text-align: center; }
`;
