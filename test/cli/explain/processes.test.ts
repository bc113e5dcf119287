import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { camtune } from '../camtune.js';
import { areGone, secondKilled, started, until } from '../started.js';
import { suiteScene } from '../suite-scene.js';

describe('camtune explain --processes', () => {
  let asked: string[];
  const scene = suiteScene(async (scene) => {
    await writeFile(scene.at('val', 'red', 'text.png'), 'no image');
    asked = [
      'explain',
      ...['--weights', scene.at('tiny'), '--image', scene.at('val'), '--layer', 'conv2', '--json'],
      ...['--method', 'lafam,rise', '--set', 'rise.masks=64', '--format', 'png,npy'],
    ];
  });

  /** A list without what no two calls have in common. */
  const plain = (text: string): unknown => JSON.parse(text.replaceAll(/"ms": ?[\d.e-]+/g, '"ms": 0'));
  const imagesIn = (folder: string): string[] =>
    readFileSync(join(folder, 'explain.jsonl'), 'utf8').match(/(?<="image":")[^"]+/g) ?? [];

  it('writes what one process writes, in the same order', async () => {
    const [one, two] = [scene.at('one'), scene.at('two')];
    const alone = await started(...asked, '--out', one).ended;
    const both = await started(...asked, '--out', two, '--processes', '2').ended;
    expect(both.status, both.stderr).to.equal(alone.status);
    expect(both.status).to.equal(1);
    expect(plain(both.stdout)).to.deep.equal(plain(alone.stdout));
    expect(both.stderr.match(/text\.png: is not an image/g)).to.have.length(1);
    expect(both.stderr.match(/^explain {2}11\/11 images/gm)).to.have.length(1);
    expect(readdirSync(two)).to.have.members(readdirSync(one));
    expect(imagesIn(two)).to.deep.equal(imagesIn(one));
    for (const name of readdirSync(one).filter((file) => !/jsonl$|html$/.test(file)))
      expect(readFileSync(join(two, name)).equals(readFileSync(join(one, name))), name).to.equal(true);
  });

  it('names a worker that dies; with --skip-existing another number of processes goes on', async () => {
    const out = scene.at('killed');
    const slow = asked.map((argument) => argument.replace('masks=64', 'masks=2000'));
    const run = started(...slow, '--out', out, '--processes', '2');
    const shard = join(out, 'explain.1-of-2.jsonl');
    const stderr = await secondKilled(run, () => existsSync(shard) && readFileSync(shard).length > 0);
    expect(stderr).to.match(
      /^camtune: rank 1 of 2 \(explain\.1-of-2\.jsonl, after \d images\) was ended by SIGKILL; .* the same command with --skip-existing goes on$/m,
    );
    const [kept] = /(?<="image":")[^"]+/.exec(readFileSync(shard, 'utf8'))!;

    const next = started(...slow, '--out', out, '--processes', '3', '--skip-existing');
    const others = await next.workers(3);
    await until(() => existsSync(join(out, 'explain.2-of-3.jsonl')));
    next.kill('SIGINT');
    const stopped = await next.ended;
    await areGone(others);
    expect(stopped.status, stopped.stderr).to.equal(130);
    expect(stopped.stderr).to.include('stopped; the same command with --skip-existing goes on');
    expect(JSON.parse(stopped.stdout)).to.be.an('array');

    const last = await started(...slow, '--out', out, '--processes', '2', '--skip-existing').ended;
    const list = JSON.parse(last.stdout) as { image: string; skipped?: true }[];
    expect(list).to.have.length(11);
    expect(list.find(({ image }) => image === kept)).to.include({ skipped: true });
    expect(readdirSync(out).filter((name) => name.startsWith('explain.'))).to.deep.equal(['explain.jsonl']);
  });

  it('refuses more processes than images', async () => {
    const { status, stderr } = await camtune(...asked, '--processes', '12');
    expect(status).to.equal(2);
    expect(stderr).to.equal('camtune: --processes: expected at most 11, the images, found 12\n');
  });
});
