import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { classIndex } from '../../../src/explain/folder/class-index.js';
import { methodLines } from '../../../src/cli/method-lines.js';
import { fileName, outputNames } from '../../../src/explain/folder/output-names.js';
import { openRecords } from '../../../src/explain/folder/records.js';
import type { ImageRecord } from '../../../src/report/maps/index.js';
import { chosenMethods, drawing } from '../../../src/explain/folder/request.js';
import { methodOptionsFrom } from '../../../src/explain/folder/settings.js';
import { InvalidInput } from '../../../src/errors.js';
import { methodList, methods } from '../../../src/explain/index.js';
import { errorOf } from '../../data/folder.js';

describe('outputNames', () => {
  it('are the names of the files without their extensions', () => {
    expect(outputNames(['a/cat.jpg', 'b/dog.old.png'])).to.deep.equal(['cat', 'dog.old']);
  });

  it('are without control characters, which a name can hold', () => {
    expect(outputNames(['a/cat\u001b]0;t\u0007\n.jpg'])).to.deep.equal(['cat-]0;t--']);
  });

  it('have the folders before them that tell files of one name apart, and only those', () => {
    expect(outputNames(['x/a/0.jpg', 'x/b/deep/0.jpg', 'x/a/1.jpg'])).to.deep.equal(['a-0', 'b-deep-0', '1']);
  });

  it('have the extension behind where that alone differs, capitals not counting', () => {
    expect(outputNames(['a/0.jpg', 'a/0.png'])).to.deep.equal(['0.jpg', '0.png']);
    expect(outputNames(['a/x.jpg', 'b/X.jpg'])).to.deep.equal(['a-x', 'b-X']);
  });

  it('are all different, whatever the paths', () => {
    const names = outputNames(['a-b/c.jpg', 'a/b-c.jpg', 'a/b/c.jpg', 'q/a-b-c.jpg', 'c.jpg', 'r/c.jpg']);
    expect(new Set(names)).to.have.property('size', 6);
  });
});

describe('fileName', () => {
  it('keeps different class names different, and has no slash', () => {
    // Half of a character, as JSON may hold it.
    expect([fileName('\ud800'), fileName('\udfff')]).to.deep.equal(['%D800', '%DFFF']);
    expect([fileName('tench'), fileName('a/b'), fileName('a%2Fb')]).to.deep.equal([
      'tench',
      'a%2Fb',
      'a%252Fb',
    ]);
  });
});

describe('classIndex', () => {
  it('takes a name, then an index', () => {
    expect(classIndex('dog', 3, ['cat', 'dog', '0'])).to.equal(1);
    expect(classIndex('DOG', 3, ['cat', 'dog', '0'])).to.equal(1);
    expect(classIndex('Dog', 3, ['dog', 'Dog', 'DOG'])).to.equal(1);
    expect(() => classIndex('dOG', 3, ['dog', 'Dog', 'DOG'])).to.throw(InvalidInput);
    expect(classIndex('0', 3, ['cat', 'dog', '0'])).to.equal(2);
    expect(classIndex('1', 3, ['cat', 'dog', '0'])).to.equal(1);
    expect(classIndex('2', 3)).to.equal(2);
  });

  it('refuses what is none, with the nearest names', () => {
    expect(() => classIndex('dig', 2, ['cat', 'dog'])).to.throw(InvalidInput, /near it: dog, cat$/);
    for (const wrong of ['3', '-1', '1.5', '', 'cat']) {
      expect(() => classIndex(wrong, 3)).to.throw(
        InvalidInput,
        /^--class: expected an index from 0 to 2, found /,
      );
    }
  });
});

describe('methodOptionsFrom', () => {
  it('sets an option of every method that has it, or of one', () => {
    expect(methodOptionsFrom(['seed=3', 'rise.masks=8'], ['rise', 'grad-cam', 'smoothgrad'])).to.deep.equal({
      rise: { seed: 3, masks: 8 },
      smoothgrad: { seed: 3 },
    });
  });

  it('sets a part of an option and leaves the rest', () => {
    expect(methodOptionsFrom(['blur.size=31', 'blur.sigma=9'], ['group-cam'])).to.deep.equal({
      'group-cam': { blur: { size: 31, sigma: 9 } },
    });
    expect(methodOptionsFrom(['smoothing.flip=true'], ['lafam'])['lafam']).to.have.nested.property(
      'smoothing.flip',
      true,
    );
  });

  it('reads JSON, else text', () => {
    expect(methodOptionsFrom(['profile=gradient-free', 'theta=null'], ['group-cam'])).to.deep.equal({
      'group-cam': { profile: 'gradient-free', theta: null },
    });
  });

  it('refuses what no method takes, with the nearest option', () => {
    const refused: [string, RegExp][] = [
      ['grops=8', /^--set grops=8: expected an option of group-cam, found "grops"; did you mean groups\?$/],
      ['blur.siz=8', /expected one of size, sigma, found "siz"/],
      ['groups.size=8', /an option without parts/],
      ['rise.masks=8', /expected a method among group-cam, found "rise"/],
      ['__proto__=8', /expected an option of group-cam, found "__proto__"/],
      ['group-cam.toString=8', /expected an option of group-cam, found "toString"/],
      ['target=8', /the class is set with --class/],
      ['groups', /KEY=VALUE/],
    ];
    for (const [text, message] of refused) {
      expect(() => methodOptionsFrom([text], ['group-cam']), text).to.throw(InvalidInput, message);
    }
  });
});

describe('chosenMethods and drawing', () => {
  it('take each once and say whether the class counts', () => {
    expect(chosenMethods('lafam, grad-cam,lafam', [])).to.deep.equal([
      { name: 'lafam', options: {}, classSpecific: false },
      { name: 'grad-cam', options: {}, classSpecific: true },
    ]);
    expect(drawing({ format: 'png,npy', colormap: 'jet', opacity: 0.2 }).formats).to.deep.equal([
      'png',
      'npy',
    ]);
  });

  it('refuse other names', () => {
    expect(() => chosenMethods('grop-cam', [])).to.throw(InvalidInput, /near it: group-cam/);
    expect(() => drawing({ format: 'gif', colormap: 'jet', opacity: 0 })).to.throw(InvalidInput, /--format/);
    expect(() => drawing({ format: 'png', colormap: 'hot', opacity: 0 })).to.throw(
      InvalidInput,
      /turbo, viridis/,
    );
  });
});

describe('methodList', () => {
  it('has every method with its cost on ResNet-50', () => {
    const list = methodList();
    expect(list.map(({ method }) => method)).to.deep.equal(Object.keys(methods));
    expect(list.find(({ method }) => method === 'score-cam')!.cost.queries).to.equal(2049);
    expect(methodLines(list)[1]).to.match(/^group-cam +34 +0 +2 +yes +target layer, head gradient +Zhang/);
  });
});

describe('records', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'camtune-records-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are found again, the last of an image, also behind a half-written line', async () => {
    const record = (image: string, width: number): ImageRecord =>
      ({
        image,
        name: image,
        width,
        height: 1,
        photo: 'ü\u2028',
        classes: [],
        maps: [],
      }) as unknown as ImageRecord;
    const first = await openRecords(folder, { fresh: false });
    first.put(record('a', 1));
    first.put(record('ö', 2));
    first.put(record('a', 3));
    expect(first.get('a')).to.deep.equal(record('a', 3));
    first.close();

    appendFileSync(join(folder, 'explain.jsonl'), '{"image":"b","na');
    const second = await openRecords(folder, { fresh: false });
    expect(second.get('b')).to.equal(undefined);
    second.put(record('c', 4));
    expect(['a', 'ö', 'c'].map((image) => second.get(image)?.width)).to.deep.equal([3, 2, 4]);
    second.close();
    expect(readFileSync(join(folder, 'explain.jsonl'), 'utf8').trimEnd().split('\n')).to.have.length(4);

    const fresh = await openRecords(folder, { fresh: true });
    expect(fresh.get('a')).to.equal(undefined);
    fresh.close();
  });

  it('are no pipe and no folder', async () => {
    rmSync(join(folder, 'explain.jsonl'));
    for (const [name, share] of [
      ['explain.jsonl', undefined],
      ['explain.jsonl', { rank: 0, size: 2 }],
      ['explain.0-of-2.jsonl', undefined],
      ['explain.0-of-2.jsonl', { rank: 0, size: 2 }],
    ] as const) {
      for (const make of ['mkfifo', 'mkdir']) {
        execFileSync(make, [join(folder, name)]);
        const found = make === 'mkdir' ? 'a folder' : 'a pipe';
        for (const fresh of [false, true]) {
          if (fresh && share && !name.includes('-of-')) continue; // Of another process.
          const { message } = await errorOf(openRecords(folder, { fresh, ...(share && { share }) }));
          expect(message).to.equal(`${join(folder, name)}: expected a regular file, found ${found}`);
        }
        rmSync(join(folder, name), { recursive: true });
      }
    }
  });
});
