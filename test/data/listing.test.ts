import { execFileSync } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { listImages, matchClasses } from '../../src/data/index.js';
import { errorOf, inFolder } from './folder.js';

const twoClasses = { 'dog/2.png': '', 'dog/1.jpg': '', 'cat/a.webp': '' };

describe('listImages', () => {
  it('sorts classes and files, and labels every file with its folder', () =>
    inFolder(twoClasses, async (dir) => {
      const listing = await listImages(dir);
      expect(listing.classNames).to.deep.equal(['cat', 'dog']);
      expect(listing.files).to.deep.equal(['cat/a.webp', 'dog/1.jpg', 'dog/2.png']);
      expect([...listing.labels]).to.deep.equal([0, 1, 1]);
    }));

  it('takes the five kinds of image in any case, at any depth, and passes over everything else', () => {
    const names = ['a.JPG', 'b.jpeg', 'c.png', 'd.webp', 'e.avif', 'f.tif', 'g.tiff', 'deep/er/h.png'];
    const others = ['notes.txt', 'i.gif', '.hidden.jpg', '._j.jpg', '.git/k.jpg', 'l.jpg.json'];
    const files = Object.fromEntries([...names, ...others].map((name) => [`cat/${name}`, '']));
    return inFolder({ ...files, 'dog/1.jpg': '', 'README.md': '', 'loose.jpg': '' }, async (dir) => {
      const listing = await listImages(dir);
      expect(listing.files).to.have.members([...names.map((name) => `cat/${name}`), 'dog/1.jpg']);
    });
  });

  it('counts a folder that is called like an image as one, and follows links', () =>
    inFolder({ ...twoClasses, 'cat/x.jpg/inside.png': '' }, async (dir) => {
      await symlink(join(dir, 'dog'), join(dir, 'wolf'));
      const listing = await listImages(dir);
      expect(listing.classNames).to.deep.equal(['cat', 'dog', 'wolf']);
      expect(listing.files).to.include('cat/x.jpg').and.to.include('wolf/1.jpg');
      expect(listing.files).not.to.include('cat/x.jpg/inside.png');
    }));

  it('lists each real folder of a class once, under its own name, however links lead to it', () =>
    inFolder({ ...twoClasses, 'cat/z/b.png': '', 'other/c.png': '' }, async (outside) => {
      await inFolder({ ...twoClasses, 'cat/z/b.png': '' }, async (dir) => {
        await symlink('.', join(dir, 'cat', 'l1'));
        await symlink('..', join(dir, 'cat', 'l2'));
        await symlink('/', join(dir, 'cat', 'l3'));
        await symlink('z', join(dir, 'cat', 'a')); // sorted before the folder itself
        await symlink(join(outside, 'other'), join(dir, 'cat', 'l4'));
        await symlink('.', join(dir, 'l1'));
        await symlink(dir, join(dir, 'l2'));
        const listing = await listImages(dir);
        expect(listing.classNames).to.deep.equal(['cat', 'dog']);
        expect(listing.files).to.deep.equal(['cat/a.webp', 'cat/l4/c.png', 'cat/z/b.png', 'dog/1.jpg', 'dog/2.png']);
        expect(listing.ignored).to.equal('6 × link to a folder that is listed already');
      });
    }));

  it('leaves pipes and sockets out, whatever they are called', () =>
    inFolder(twoClasses, async (dir) => {
      execFileSync('mkfifo', [join(dir, 'cat', 'pipe.jpg')]);
      const listing = await listImages(dir);
      expect(listing.files).to.deep.equal(['cat/a.webp', 'dog/1.jpg', 'dog/2.png']);
      expect(listing.ignored).to.equal('1 × pipe, socket or device');
    }));

  it('says how many files of which kinds were left out, and nothing where none were', async () => {
    const others = ['cat/a.HEIC', 'cat/deep/b.heic', 'dog/c.gif', 'dog/README', 'dog/.hidden.heic', 'loose.heic'];
    await inFolder({ ...twoClasses, ...Object.fromEntries(others.map((name) => [name, ''])) }, async (dir) => {
      expect((await listImages(dir)).ignored).to.equal('2 × .heic, 1 × .gif, 1 × no extension');
    });
    await inFolder(twoClasses, async (dir) => {
      expect(await listImages(dir)).not.to.have.property('ignored');
    });
    await inFolder({ ...twoClasses, 'bird/a.heic': '', 'bird/b.heic': '' }, async (dir) => {
      expect((await errorOf(listImages(dir))).message).to.match(/found none in bird \(2 × \.heic\); add some/);
    });
  });

  it('counts images that lie beside the folders, and passes over what macOS packs into a zip file', () =>
    inFolder({ ...twoClasses, 'a.jpg': '', 'b.png': '', '__MACOSX/cat/._a.jpg': '', 'cat/__MACOSX/b.jpg': '' }, async (dir) => {
      const listing = await listImages(dir);
      expect(listing.files).to.deep.equal(['cat/a.webp', 'dog/1.jpg', 'dog/2.png']);
      expect(listing.ignored).to.equal('2 × image outside the class folders');
    }));

  it('takes a name of a class for the same however its accents are written', () => {
    const [composed, apart] = ['Hüte', 'Hu\u0308te'];
    return inFolder({ [`${apart}/a.jpg`]: '', [`${composed}/b.jpg`]: '', 'cat/c.jpg': '' }, async (dir) => {
      const listing = await listImages(dir);
      expect(listing.classNames).to.deep.equal([composed, 'cat']);
      expect(listing.files).to.deep.equal([`${apart}/a.jpg`, `${composed}/b.jpg`, 'cat/c.jpg']);
      const known = await listImages(dir, { classNames: ['cat', apart] });
      expect(known).to.deep.include({ classNames: ['cat', apart], labels: Int32Array.of(0, 1, 1) });
      const table = join(dir, 'labels.csv');
      await writeFile(table, `path,label\n${apart}/a.jpg,${apart}\n${composed}/b.jpg,${composed}\ncat/c.jpg,cat\n`);
      expect([...(await listImages(table, { classNames: ['cat', composed] })).labels]).to.deep.equal([0, 1, 1]);
    });
  });

  it('keeps the order of classes that is given, one of which may have no folder', () =>
    inFolder(twoClasses, async (dir) => {
      const listing = await listImages(dir, { classNames: ['dog', 'bird', 'cat'] });
      expect(listing.files).to.deep.equal(['dog/1.jpg', 'dog/2.png', 'cat/a.webp']);
      expect([...listing.labels]).to.deep.equal([0, 0, 2]);
    }));

  it('takes the first images of each class when there is a limit', () =>
    inFolder(twoClasses, async (dir) => {
      expect((await listImages(dir, { limit: 1 })).files).to.deep.equal(['cat/a.webp', 'dog/1.jpg']);
      expect((await errorOf(listImages(dir, { limit: 0 }))).message).to.contain('limit: expected');
    }));

  it('says what is wrong with a folder', async () => {
    expect((await errorOf(listImages('/no/such/folder'))).message).to.equal(
      '/no/such/folder: expected a folder with one folder of images a class, or a table of labels (.csv), found no such folder',
    );
    await inFolder({ 'a.jpg': '' }, async (dir) => {
      expect((await errorOf(listImages(dir))).message).to.match(/one folder of images a class, found no folders/);
      expect((await errorOf(listImages(join(dir, 'a.jpg')))).message).to.match(/found a file/);
    });
    await inFolder({ 'cat/a.jpg': '' }, async (dir) => {
      expect((await errorOf(listImages(dir))).message).to.match(/at least two classes.*found \["cat"\]/);
    });
    await inFolder({ ...twoClasses, 'bird/notes.txt': '', 'ant/.x.jpg': '' }, async (dir) => {
      expect((await errorOf(listImages(dir))).message).to.match(/in every class folder, found none in ant, bird \(1 × \.txt\)/);
    });
    await inFolder(twoClasses, async (dir) => {
      const error = await errorOf(listImages(dir, { classNames: ['cat', 'bird'] }));
      expect(error.message).to.contain('expected classes among cat, bird, found "dog"');
    });
  });

  it('says which folder cannot be read', function () {
    if (process.geteuid?.() !== 0) this.skip(); // only root can put rights aside and take them back
    return inFolder(twoClasses, async (dir) => {
      const { chmod } = await import('node:fs/promises');
      await chmod(dir, 0o755);
      await chmod(join(dir, 'dog'), 0o000);
      process.seteuid!(65534);
      const error = await errorOf(listImages(dir)).finally(() => process.seteuid!(0));
      expect(error.message).to.equal(`${join(dir, 'dog')}: the folder cannot be read: permission denied (EACCES)`);
    });
  });
});

describe('matchClasses', () => {
  it('lets classes through that are known, in any order and number', () => {
    expect(() => matchClasses('val', ['b'], ['a', 'b'])).not.to.throw();
  });

  it('names those that are not', () => {
    expect(() => matchClasses('data/val', ['b', 'x', 'y'], ['a', 'b'])).to.throw(
      'data/val: expected classes among a, b, found "x", "y"; rename or remove these',
    );
    expect(() => matchClasses('photos', ['train', 'val'], ['a', 'b'])).to.throw(
      'photos: expected classes among a, b, found "train", "val"; did you mean photos/val?',
    );
  });
});
