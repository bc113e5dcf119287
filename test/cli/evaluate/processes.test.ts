import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { camtune } from '../camtune.js';
import { areGone, secondKilled, started, until } from '../started.js';
import { suiteScene } from '../suite-scene.js';

describe('camtune evaluate --processes', () => {
  let asked: string[];
  const scene = suiteScene(async (scene) => {
    await writeFile(scene.at('val', 'red', 'text.png'), 'no image');
    asked = [
      'evaluate',
      'insertion-deletion',
      ...['--weights', scene.at('tiny'), '--data', scene.at('val'), '--layer', 'conv2'],
      ...['--method', 'lafam', '--step', '2', '--batch', '1'],
    ];
    const { status, stderr } = await started(...asked, '--out', scene.at('one')).ended;
    expect(status, stderr).to.equal(0);
  });

  const linesOf = (folder: string): string => readFileSync(join(folder, 'images.jsonl'), 'utf8');

  it('gives the lines, the table and the pictures of one process', async () => {
    const two = scene.at('two');
    const { status, stdout, stderr } = await started(...asked, '--out', two, '--processes', '2', '--json')
      .ended;
    expect(status, stderr).to.equal(0);
    expect(linesOf(two)).to.equal(linesOf(scene.at('one')));
    expect(readdirSync(two)).to.have.members(readdirSync(scene.at('one')));
    for (const file of ['report.json', 'results.csv', 'insertion.svg'])
      expect(readFileSync(join(two, file), 'utf8')).to.equal(readFileSync(scene.at('one', file), 'utf8'));
    expect(JSON.parse(stdout)).to.deep.equal(JSON.parse(readFileSync(join(two, 'report.json'), 'utf8')));
    expect(stderr.match(/left out: .*text\.png/g)).to.have.length(1);
    expect(stderr.match(/^insertion-deletion {2}10\/11 images/gm)).to.have.length(1);
  });

  it('names a worker that dies, ends the others, and goes on with other numbers of processes', async () => {
    const out = scene.at('killed');
    const lines = (shard: string): number =>
      existsSync(join(out, shard)) ? readFileSync(join(out, shard), 'utf8').split('\n').length - 2 : 0;
    const run = started(...asked, '--out', out, '--processes', '2');
    const stderr = await secondKilled(run, () => lines('images.1-of-2.jsonl') > 0);
    expect(stderr).to.match(
      /^camtune: rank 1 of 2 \(images\.1-of-2\.jsonl, after \d images\) was ended by SIGKILL; .* the same command goes on$/m,
    );

    const next = started(...asked, '--out', out, '--processes', '3');
    const others = await next.workers(3);
    await until(() => existsSync(join(out, 'images.0-of-3.jsonl')));
    next.kill('SIGINT');
    const stopped = await next.ended;
    await areGone(others);
    expect(stopped.status, stopped.stderr).to.equal(130);
    expect(stopped.stderr.match(/^stopped; the same command goes on$/gm)).to.have.length(1);
    expect(stopped.stdout).to.equal('');
    expect(lines('images.1-of-2.jsonl')).to.be.above(0);

    const last = await started(...asked, '--out', out).ended;
    expect(last.status, last.stderr).to.equal(0);
    expect(linesOf(out)).to.equal(linesOf(scene.at('one')));
    expect(readdirSync(out).filter((name) => name.startsWith('images.'))).to.deep.equal(['images.jsonl']);
  });

  it('refuses more processes than images, none, and times', async () => {
    const many = await camtune(...asked, '--out', scene.at('refused'), '--processes', '12');
    expect(many.status).to.equal(2);
    expect(many.stderr).to.equal('camtune: --processes: expected at most 11, the images, found 12\n');
    const none = await camtune(...asked, '--processes', '0');
    expect(none.status).to.equal(2);
    expect(none.stderr).to.equal('camtune: --processes: expected an integer of 1 or more, found "0"\n');
    const timed = asked.map((argument) => (argument === 'insertion-deletion' ? 'running-time' : argument));
    const { status, stderr } = await camtune(...timed, '--processes', '2');
    expect(status).to.equal(2);
    expect(stderr).to.include('--processes: expected 1 with running-time, whose figures are times, found 2');
  });
});
