import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { readClassNames } from '../../src/models/class-names.js';
import { imageFiles } from '../../src/data/image-files.js';
import { canResume, latestRunFolder, newRunFolder, weightsOf } from '../../src/files/run-folder.js';
import { InvalidInput } from '../../src/errors.js';
import { failure } from '../train/recipe/folder.js';

let folder: string;

/** What the tests of a describe need; hooks outside of one would be those of every file in the process. */
function withFiles(): void {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'camtune-cli-'));
    const files = {
      'images/b.JPG': '',
      'images/a.png': '',
      'images/notes.txt': '',
      'images/deep/c.webp': '',
      'empty/notes.txt': '',
      'runs/quick-20260101-000000/recipe.yaml': '',
      'runs/quick-20260102-000000/recipe.yaml': '',
      'runs/quick-20260103-000000/nothing': '',
      'runs/quick-start-20260104-000000/recipe.yaml': '',
      'ended/recipe.yaml': '',
      'ended/model/model.json': '',
      'ended/checkpoints/best/model.json': '',
      'going/recipe.yaml': '',
      'going/checkpoints/best/model.json': '',
      'unvalidated/recipe.yaml': '',
      'unvalidated/checkpoints/last/model.json': '',
      'begun/recipe.yaml': '',
      'classes.txt': 'cat\ndog \n',
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  });

  after(() => rm(folder, { recursive: true, force: true }));
}

describe('imageFiles', () => {
  withFiles();
  const names = async (...given: string[]): Promise<string[]> =>
    (await imageFiles(given.map((path) => join(folder, path)))).map((path) => path.slice(folder.length + 1));

  it('takes files as they are, in the order given', async () => {
    expect(await names('images/b.JPG', 'gone.png', 'images/a.png')).to.deep.equal([
      'images/b.JPG',
      'gone.png',
      'images/a.png',
    ]);
  });

  it('takes the images in and below a folder, sorted', async () => {
    expect(await names('images')).to.deep.equal(['images/a.png', 'images/b.JPG', 'images/deep/c.webp']);
  });

  it('lists each real folder once, and no pipe', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'camtune-links-'));
    try {
      await mkdir(join(dir, 'deep'));
      for (const name of ['a.png', 'deep/b.png']) await writeFile(join(dir, name), '');
      for (const name of ['l1', 'l2', 'deep/l3']) await symlink(dir, join(dir, name));
      execFileSync('mkfifo', [join(dir, 'c.png')]);
      expect(await imageFiles([dir])).to.deep.equal([join(dir, 'a.png'), join(dir, 'deep/b.png')]);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it('takes what a pattern matches', async () => {
    expect(await names('images/*')).to.deep.equal(['images/a.png', 'images/b.JPG']);
    expect(await names('im*/?eep/*.webp')).to.deep.equal(['images/deep/c.webp']);
  });

  it('refuses a folder and a pattern without images', async () => {
    expect(await failure(names('empty'))).to.be.instanceOf(InvalidInput);
    expect((await failure(names('images/*.gif'))).message).to.match(
      /^--image: expected a pattern that images match, found ".*\*\.gif"$/,
    );
  });
});

describe('run folders', () => {
  withFiles();
  it('are named after the recipe and the time', () => {
    expect(newRunFolder('recipes/quick.yaml', new Date(2026, 0, 2, 3, 4, 5))).to.equal(
      join('runs', 'quick-20260102-030405'),
    );
  });

  it('are found again: the newest of this very recipe that has begun', () => {
    const runs = join(folder, 'runs');
    expect(latestRunFolder('recipes/quick.yaml', runs)).to.equal(join(runs, 'quick-20260102-000000'));
    expect(latestRunFolder('quick-start.yaml', runs)).to.equal(join(runs, 'quick-start-20260104-000000'));
    expect(() => latestRunFolder('other.yaml', runs)).to.throw(
      InvalidInput,
      /--resume: expected a run of other.yaml/,
    );
  });

  it('hold a run once the recipe is there', () => {
    expect(canResume(join(folder, 'runs/quick-20260101-000000'))).to.equal(true);
    expect(canResume(join(folder, 'runs/quick-20260103-000000'))).to.equal(false);
  });
});

describe('--weights', () => {
  withFiles();
  it('are those of a run: of its end, else its best so far, and says which', () => {
    const said: string[] = [];
    const found = (run: string): string => weightsOf(join(folder, run), (line) => said.push(line));
    expect(found('ended')).to.equal(join(folder, 'ended', 'model'));
    expect(found('going')).to.equal(join(folder, 'going', 'checkpoints', 'best'));
    expect(said[0]).to.match(/ended\/model, the network at the end of the run$/);
    expect(said[1]).to.match(/checkpoints\/best, the best checkpoint of a run that has not ended$/);
    // Before the first validation there is no best one.
    expect(found('unvalidated')).to.equal(join(folder, 'unvalidated', 'checkpoints', 'last'));
    expect(said[2]).to.match(/checkpoints\/last, the last checkpoint of a run that has not ended$/);
    expect(() => found('begun')).to.throw(
      InvalidInput,
      /--weights: expected a run that has saved a checkpoint/,
    );
    expect(found('empty')).to.equal(join(folder, 'empty'));
    expect(said).to.have.length(3);
  });
});

describe('readClassNames', () => {
  withFiles();
  it('reads names with commas between, or a file with one a line', async () => {
    expect(await readClassNames('cat, dog')).to.deep.equal(['cat', 'dog']);
    expect(await readClassNames(join(folder, 'classes.txt'))).to.deep.equal(['cat', 'dog']);
  });

  it('refuses one name, an empty one and the same one twice', async () => {
    for (const wrong of ['cat', 'cat,,dog', 'cat,dog,cat']) {
      expect((await failure(readClassNames(wrong))).message).to.match(/^--classes: expected /);
    }
  });

  it('takes a byte order mark, and refuses what is no text or may never end', async () => {
    const file = join(folder, 'marked.txt');
    await writeFile(file, '\ufeffcat\r\ndog\r\n');
    expect(await readClassNames(file)).to.deep.equal(['cat', 'dog']);
    await writeFile(file, Buffer.from('Köter\nKatze\n', 'latin1'));
    expect((await failure(readClassNames(file))).message).to.contain('marked.txt: expected text in UTF-8');
    const pipe = join(folder, 'names.pipe');
    execFileSync('mkfifo', [pipe]);
    expect((await failure(readClassNames(pipe))).message).to.match(/names\.pipe: expected a regular file/);
    expect((await failure(readClassNames('/dev/zero'))).message).to.match(/expected a regular file/);
  });
});
