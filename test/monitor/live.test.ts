import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { expect } from 'chai';
import { chromium, type Browser, type Page } from 'playwright-core';
import {
  changesFrom,
  mapsFrom,
  reportOfMaps,
  reportOfRuns,
  serveReport,
  type LiveReport,
} from '../../src/monitor/index.js';
import { addEpoch, addMaps, beginRun } from './support/runs.js';

/** Debian's name of the browser, and others'. */
const browserPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path));

let folder: string;
/** What the tests of a describe need; hooks outside of one would be those of every file in the process. */
function inFolder(): void {
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'camtune-live-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
}

/** Status of a request, with a Host header of one's choice. */
const statusOf = (url: string, options: { method?: string; host?: string } = {}) =>
  new Promise<number>((resolve, reject) => {
    const { method = 'GET', host } = options;
    request(url, { method, ...(host && { headers: { host } }) }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    })
      .on('error', reject)
      .end();
  });

describe('the live report', () => {
  inFolder();
  it('is there for who knows its address, on this machine alone', async () => {
    const run = join(folder, 'run');
    beginRun(run);
    await addEpoch(run, 1);
    const report = await serveReport([run]);
    try {
      const { url } = report;
      expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{24}\/$/);
      expect(await statusOf(url)).to.equal(200);
      const { runs } = (await (await fetch(`${url}report.json`)).json()) as {
        runs: { probes: { image: string }[] }[];
      };
      expect(await statusOf(`${url}picture/${runs[0]!.probes[0]!.image}`)).to.equal(200);
      expect(await statusOf(new URL('/', url).href)).to.equal(404);
      expect(await statusOf(url.replace(/[\w-]{24}/, 'A'.repeat(24)))).to.equal(404);
      expect(await statusOf(`${url}picture/..%2f..%2frecipe.yaml`)).to.equal(404);
      expect(await statusOf(`${url}picture/00ff`)).to.equal(404);
      expect(await statusOf(url, { method: 'POST' })).to.equal(404);
      expect(await statusOf(url, { host: 'elsewhere.example' })).to.equal(404);
    } finally {
      await report.close();
    }
  });

  it('wants runs', async () => {
    const message = await serveReport([join(folder, 'none')]).catch((error: Error) => error.message);
    expect(message).to.match(/metrics\.jsonl: no such file; is this the folder of a run\?$/);
  });
});

describe('the report in a browser', function () {
  inFolder();
  let browser: Browser;
  let page: Page;
  let problems: string[];
  let report: LiveReport | undefined;

  before(async function () {
    if (!browserPath) {
      console.log('    no chromium on the PATH: the report is not tried in a browser');
      this.skip();
    }
    browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  });
  after(() => browser?.close());
  beforeEach(async () => {
    problems = [];
    page = await browser.newPage();
    page.on('console', (line) => {
      if (['error', 'warning'].includes(line.type())) problems.push(line.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
  });
  afterEach(async () => {
    await page.close();
    await report?.close();
    report = undefined;
  });

  const files = () =>
    page.evaluate<string[]>(
      "[...document.querySelectorAll('.probe:not([hidden])')].map((card) => card.dataset.file)",
    );

  /** What axe-core finds wrong with the page, for people who do not see it or use no mouse. */
  const barriers = async (): Promise<string[]> => {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
      'axe.run()',
    );
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  };

  for (const colorScheme of ['light', 'dark'] as const)
    it(`bars nobody: one run and two, ${colorScheme}`, async () => {
      const runs = ['one', 'two'].map((name) => join(folder, name));
      runs.forEach((run, at) => beginRun(run, `seed: ${at}\n`));
      for (const run of runs) for (const epoch of [1, 2]) await addEpoch(run, epoch);
      await page.emulateMedia({ colorScheme });
      for (const some of [runs.slice(0, 1), runs]) {
        await page.goto(pathToFileURL(await reportOfRuns(some, join(folder, 'page.html'))).href);
        expect(await barriers()).to.deep.equal([]);
      }
    });

  for (const colorScheme of ['light', 'dark'] as const)
    it(`maps of another program: bars nobody, asks nobody, has no empty sections, ${colorScheme}`, async () => {
      await addMaps(folder);
      const maps = mapsFrom(folder);
      const path = await reportOfMaps(maps, changesFrom(maps));
      const asked: string[] = [];
      page.on('request', (one) => asked.push(one.url()));
      await page.emulateMedia({ colorScheme });
      await page.goto(pathToFileURL(path).href);
      expect(asked.filter((url) => !url.startsWith('data:'))).to.deep.equal([pathToFileURL(path).href]);
      expect(await barriers()).to.deep.equal([]);
      expect(await page.locator('h2').filter({ visible: true }).allInnerTexts()).to.deep.equal([
        'How the maps change from one epoch to the next',
        'What the network looks at',
        'Epochs',
      ]);
      const options = (id: string) => page.locator(`#${id} option`).allInnerTexts();
      expect(await options('verdict')).to.deep.equal(['all', 'no map']);
      expect(await options('order')).to.deep.equal(['most moved', 'file']);
      expect(await files()).to.deep.equal(['dog/2.png', 'cat/1.png', 'eel/</script>.png']);
      await page.locator('#epoch').focus();
      await page.keyboard.press('Home');
      expect(await page.locator('[data-file="dog/2.png"] .said').innerText()).to.include(
        'epoch 1: the first map',
      );
      await page.selectOption('#verdict', 'constant');
      expect(await files()).to.deep.equal(['eel/</script>.png']);
      expect(problems).to.deep.equal([]);
    });

  it('on paper there is nothing to be moved, and no value under a pointer that is not there', async () => {
    const run = join(folder, 'run');
    beginRun(run);
    for (const epoch of [1, 2]) await addEpoch(run, epoch);
    await page.goto(pathToFileURL(await reportOfRuns([run], join(folder, 'page.html'))).href);
    const seen = (selector: string) => page.locator(selector).filter({ visible: true }).count();
    expect(await seen('.probe input')).to.equal(4);
    await page.emulateMedia({ media: 'print' });
    for (const selector of ['#controls', '.probe input', '.u-legend .u-value'])
      expect(await seen(selector), selector).to.equal(0);
    expect(await seen('.probe img.overlay')).to.equal(4);
  });

  it('a file opens without a network: sliders, filters, order, keys', async () => {
    const run = join(folder, 'run');
    beginRun(run);
    for (const epoch of [1, 2, 3]) await addEpoch(run, epoch);
    const path = await reportOfRuns([run], join(folder, 'page.html'));
    const asked: string[] = [];
    page.on('request', (one) => asked.push(one.url()));
    await page.goto(pathToFileURL(path).href);
    expect(asked.filter((url) => !url.startsWith('data:'))).to.deep.equal([pathToFileURL(path).href]);
    expect(await page.locator('.uplot').count()).to.be.above(4);

    // The wrong one first, then by how much the maps moved; the one without a map moved least.
    expect(await files()).to.deep.equal(['dog/2.jpg', 'cat/3.jpg', 'cat/1.jpg', 'eel/</script>.jpg']);
    const dog = page.locator('[data-file="dog/2.jpg"]');
    const overlay = () => dog.locator('img.overlay').getAttribute('src');
    const newest = await overlay();
    await dog.locator('input').focus();
    await page.keyboard.press('Home');
    expect(await dog.locator('.said').innerText()).to.include('epoch 1: predicted cat 75%');
    expect(await overlay()).not.to.equal(newest);
    expect(await page.locator('[data-file="cat/1.jpg"] .said').innerText()).to.include('epoch 3');
    await page.locator('#epoch').focus();
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('#epoch-text').innerText()).to.equal('epoch 2');
    expect(await dog.locator('.said').innerText()).to.include('epoch 2');

    await page.selectOption('#class', '=cat');
    expect(await files()).to.deep.equal(['cat/3.jpg', 'cat/1.jpg']);
    await page.selectOption('#class', '');
    await page.selectOption('#verdict', 'wrong');
    expect(await files()).to.deep.equal(['dog/2.jpg']);
    await page.selectOption('#verdict', 'constant');
    expect(await files()).to.deep.equal(['eel/</script>.jpg']);
    expect(await page.locator('#shown').innerText()).to.equal('1 of 4 images');

    // A chart says what stands at a point.
    await page.locator('.plot').nth(1).focus();
    await page.keyboard.press('End');
    expect(await page.locator('.card:has(.plot) > [role=status]').nth(1).innerText()).to.equal(
      'epoch 3: top-1 0.75, top-5 1',
    );
    expect(problems).to.deep.equal([]);
  });

  it('follows a run from before its first epoch, and the reader keeps the place', async () => {
    const run = join(folder, 'run');
    beginRun(run);
    report = await serveReport([run], { everyMs: 30 });
    await page.goto(report.url);
    await page.getByText('0 epochs so far').waitFor();
    await page.evaluate('window.mark = 1');
    for (const epoch of [1, 2]) await addEpoch(run, epoch);
    await page.getByText('2 epochs so far', { exact: true }).waitFor();
    const cat = page.locator('[data-file="cat/3.jpg"]');
    await cat.locator('img.overlay[src^="picture/"]').waitFor();
    // The trainer writes the figures of an epoch before its maps.
    await cat.locator('.said', { hasText: 'epoch 2' }).waitFor();
    await page.selectOption('#class', '=cat');
    await cat.locator('input').focus();
    await page.keyboard.press('Home');
    await addEpoch(run, 3);
    await page.getByText('3 epochs so far', { exact: true }).waitFor();
    const other = page.locator('[data-file="cat/1.jpg"] .said', { hasText: 'epoch 3' });
    await other.waitFor();
    expect(await page.evaluate('window.mark')).to.equal(1);
    expect(await page.evaluate("document.activeElement.closest('.probe').dataset.file")).to.equal(
      'cat/3.jpg',
    );
    expect(await cat.locator('.said').innerText()).to.include('epoch 1');
    expect(await files()).to.have.members(['cat/1.jpg', 'cat/3.jpg']);
    expect(problems).to.deep.equal([]);
  });

  it('shows runs of different length beside each other, at the width of a phone and in the dark', async () => {
    const runs = ['one', 'two', 'begun'].map((name) => join(folder, name));
    runs.forEach((run, at) => beginRun(run, `optimizer:\n  learningRate: 0.${at + 1}\nseed: 4\n`));
    for (const epoch of [1, 2, 3]) await addEpoch(runs[0]!, epoch);
    await addEpoch(runs[1]!, 1, 1);
    await page.setViewportSize({ width: 380, height: 700 });
    await page.emulateMedia({ colorScheme: 'dark' });
    report = await serveReport(runs);
    await page.goto(report.url);
    expect(await page.locator('#settings tbody tr > *').allInnerTexts()).to.deep.equal([
      'optimizer.learningRate',
      ...['0.1', '0.2', '0.3'],
    ]);
    const dog = page.locator('[data-file="dog/2.jpg"]');
    expect(await dog.locator('figcaption').allInnerTexts()).to.deep.equal(['image', 'one', 'two']);
    expect(await dog.locator('.said').innerText())
      .to.include('one, epoch 3')
      .and.to.include('two, epoch 1');
    expect(await page.locator('.plot').first().getAttribute('aria-label'))
      .to.include('one: validation: 3 points')
      .and.to.include('two: validation: 1 point');
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(380);
    expect(problems).to.deep.equal([]);
  });
});
