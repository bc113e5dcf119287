/**
 * The charts of the report, drawn by uPlot. Several runs share a chart: a color for each run, dashes for each curve of
 * it; a single run has a color for each curve. A chart takes the focus: arrow keys go from point to point, and what
 * stands there is said. Its values are also there as a table.
 */
export const chartScript = `
const COLORS = ['#3b7dd8', '#d1690e', '#2f9e62', '#a15cc4', '#d64545', '#159aa3', '#a68000', '#808080'];
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
const charts = new Map();
let printing = false;
const ink = (name, printed) => printing ? printed : getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const short = (value) => value == null ? '–' : value === 0 ? '0' : Math.abs(value) < 1e-4 ? value.toExponential(2) : value.toLocaleString('en-US', { maximumSignificantDigits: 4 });

// The charts of all runs by title, in the order of the first run that has them.
function chartsOf(runs) {
  const found = new Map();
  runs.forEach((run, at) => run.charts.forEach((chart) => {
    const key = chart.section + '/' + chart.title;
    if (!found.has(key)) found.set(key, { ...chart, key, series: [], notes: [] });
    const own = found.get(key);
    if (chart.note) own.notes.push((runs.length > 1 ? run.name + ': ' : '') + chart.note);
    chart.series.forEach((series, index) => own.series.push({
      ...series,
      name: runs.length > 1 ? run.name + ': ' + series.name : series.name,
      color: runs.length > 1 ? COLORS[at % COLORS.length] : COLORS[own.series.length % COLORS.length],
      dash: runs.length > 1 ? DASHES[index % DASHES.length] : DASHES[Math.floor(own.series.length / COLORS.length) % DASHES.length],
    }));
  }));
  return [...found.values()];
}

const columnsOf = (series) => uPlot.join(series.map(({ points }) => [points.map(([x]) => x), points.map(([, y]) => y)]));
const about = ({ title, series }) => title + '. ' + series.map(({ name, points }) => name + ': ' + points.length + (points.length === 1 ? ' point, ' : ' points, ') + 'last ' + short(points.at(-1)[1])).join('; ') + '. Arrow keys go from point to point.';

function optionsOf(chart, width) {
  const wide = (low, high) => low === high ? [low - 0.5, high + 0.5] : [low, high];
  const axis = { stroke: () => ink('--quiet', '#444'), grid: { stroke: () => ink('--line', '#bbb'), width: 1 }, ticks: { show: false } };
  return {
    width, height: 230,
    scales: {
      x: { time: false, range: (_, low, high) => low == null ? [0, 1] : wide(low, high) },
      y: { range: (_, low, high) => {
        if (low == null) return [0, 1];
        if (chart.range) { low = Math.min(low, chart.range[0]); high = Math.max(high, chart.range[1]); }
        return low === high ? wide(low, high) : uPlot.rangeNum(low, high, { min: { pad: 0.05, soft: 0, mode: low >= 0 ? 1 : 0 }, max: { pad: chart.range && high === chart.range[1] ? 0 : 0.05, soft: null, mode: 0 } });
      } },
    },
    axes: [{ ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], label: 'epoch', labelSize: 18, size: 34 }, { ...axis, size: 62, values: (_, values) => values.map(short) }],
    series: [
      { label: 'epoch', value: (_, value) => short(value) },
      ...chart.series.map(({ name, color, dash, faint, points }) => ({
        label: name, stroke: faint ? color + '66' : color, width: faint ? 1 : 2, dash, spanGaps: true,
        points: { show: !faint && points.length <= 60, size: 6, fill: color }, value: (_, value) => short(value),
      })),
    ],
    cursor: { drag: { x: true, y: false }, points: { size: 8 } },
  };
}

function makeChart(chart) {
  const card = node('div', { class: 'card' }, node('h3', {}, chart.title));
  const plot = node('div', { class: 'plot', tabindex: '0', role: 'group' });
  const said = node('p', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
  const note = node('p', { class: 'quiet' });
  const values = node('table', { class: 'figures' });
  const details = node('details', {}, node('summary', {}, 'Values'), node('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Values of ' + chart.title }, values));
  card.append(plot, said, note, details);
  const own = { card, plot, chart, shape: '', drawn: null };
  own.table = () => {
    if (!details.open) return;
    const series = own.chart.series.filter(({ faint }) => !faint);
    const [x, ...columns] = series.length > 0 ? columnsOf(series) : [[]];
    fillTable(values, ['epoch', ...series.map(({ name }) => name)], x.map((at, row) => [short(at), ...columns.map((column) => short(column[row]))]));
  };
  details.addEventListener('toggle', own.table);
  own.update = (next) => {
    own.chart = next;
    plot.setAttribute('aria-label', about(next));
    note.textContent = next.notes.join(' ');
    note.hidden = next.notes.length === 0;
    // Another set of curves needs another plot; more points do not.
    const shape = JSON.stringify(next.series.map(({ name, color, dash }) => [name, color, dash]));
    if (shape !== own.shape) {
      own.drawn?.destroy();
      own.drawn = new uPlot(optionsOf(next, plot.clientWidth || 400), columnsOf(next.series), plot);
      own.shape = shape;
      for (const label of plot.querySelectorAll('.u-legend .u-series th')) {
        label.tabIndex = 0;
        label.setAttribute('role', 'button');
        label.addEventListener('keydown', (event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); label.click(); } });
      }
    } else {
      own.drawn.setData(columnsOf(next.series));
    }
    own.table();
  };
  plot.addEventListener('keydown', (event) => {
    if (event.target !== plot) return;
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const [x, ...columns] = own.drawn.data;
    const at = own.at = Math.max(0, Math.min(x.length - 1, (own.at ?? (by > 0 ? -1 : x.length)) + by));
    const y = columns.find((column) => column[at] != null)?.[at];
    own.drawn.setCursor({ left: own.drawn.valToPos(x[at], 'x'), top: own.drawn.valToPos(y ?? 0, 'y') });
    said.textContent = 'epoch ' + short(x[at]) + ': ' + own.chart.series.flatMap(({ name }, index) => columns[index][at] == null ? [] : [name + ' ' + short(columns[index][at])]).join(', ');
  });
  new ResizeObserver(() => { const width = plot.clientWidth; if (own.drawn && width > 0 && width !== own.drawn.width) own.drawn.setSize({ width, height: 230 }); }).observe(plot);
  return own;
}

function showCharts(runs) {
  const wanted = chartsOf(runs);
  for (const chart of wanted) {
    let own = charts.get(chart.key);
    if (!own) {
      charts.set(chart.key, (own = makeChart(chart)));
      find('section-' + (chart.section === 'Curves' ? 'curves' : 'changes')).append(own.card);
    }
    own.update(chart);
  }
  for (const [key, own] of charts) if (!wanted.some((chart) => chart.key === key)) { own.drawn.destroy(); own.card.remove(); charts.delete(key); }
  for (const [id, said] of [['curves', 'Nothing yet.'], ['changes', 'Needs the maps of two epochs.']])
    find('none-' + id).textContent = find('section-' + id).childElementCount > 0 ? '' : said;
}

const redraw = () => { for (const { drawn } of charts.values()) drawn.redraw(false, true); };
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
addEventListener('beforeprint', () => { printing = true; redraw(); });
addEventListener('afterprint', () => { printing = false; redraw(); });
`;
