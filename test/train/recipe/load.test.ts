import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { InvalidInput } from '../../../src/errors.js';
import { completeRecipe, loadRecipe, recipeToYaml, type Recipe } from '../../../src/train/recipe/index.js';
import { failure, withFiles } from './folder.js';

const data = 'data: { train: images/train, val: images/val }\n';

const load = (text: string, sets: string[] = []): Promise<Recipe> =>
  withFiles({ 'r.yaml': text }, (folder) => loadRecipe(join(folder, 'r.yaml'), sets));

const refusal = async (text: string, sets: string[] = []): Promise<string> => {
  const error = await failure(load(text, sets));
  expect(error).to.be.instanceOf(InvalidInput);
  return error.message.replaceAll(/\S*\/(?=r\.yaml)/g, '');
};

describe('loadRecipe', () => {
  it('fills in every default', async () => {
    const recipe = await load(data);
    expect(Object.keys(recipe)).to.have.members(
      'model data stage optimizer schedule precision log checkpoint seed'.split(' '),
    );
    expect(recipe.stage).to.deep.equal({
      enabled: true,
      method: 'group-cam',
      blend: 'blur',
      consistency: 0,
      groups: 16,
      threshold: 'mean',
      blur: { size: 51, sigma: 50 },
      probability: 1,
      target: 'label',
      cost: 'exact',
      layer: null,
      start: 0,
      chunk: 32,
      scoringScale: 1,
      scoringPrecision: null,
    });
    expect(recipe.data).to.include({ trainBoxes: null, valBoxes: null });
    expect(recipe.data.augment.ratio).to.deep.equal([3 / 4, 4 / 3]);
    expect(recipe.log.probe).to.deep.equal({ images: 16, seed: 0 });
  });

  it('keeps what the file says', async () => {
    const recipe = await load(`${data}stage: { blur: { size: 11 }, threshold: { quantile: 0.7 } }\nseed: 7`);
    expect(recipe.stage.blur).to.deep.equal({ size: 11, sigma: 50 });
    expect(recipe.stage.threshold).to.deep.equal({ quantile: 0.7 });
    expect(recipe.seed).to.equal(7);
  });

  it('refuses a file that is not there, by name', async () => {
    const error = await failure(loadRecipe('no/such.yaml'));
    expect(error.message).to.equal(
      'no/such.yaml: expected a recipe file (YAML), found: no such file or directory (ENOENT)',
    );
    expect((await failure(loadRecipe('src'))).message).to.equal(
      'src: expected a recipe file (YAML), found: illegal operation on a directory (EISDIR)',
    );
  });

  it('does not read without end', async () => {
    expect((await failure(loadRecipe('/dev/zero'))).message).to.equal(
      '/dev/zero: expected a recipe file (YAML), found: no regular file, or far too large a one',
    );
  });

  it('names the line of a YAML mistake', async () => {
    expect(await refusal(`${data}seed: 1\nstage: { groups: 3\n`)).to.match(
      /^r\.yaml, line 4, column \d+: not valid YAML: /,
    );
    expect(await refusal(`seed: 1\nseed: 2\n${data}`)).to.match(/^r\.yaml, line 2, .*unique/);
    expect(await refusal(`${data}seed: *nobody\n`)).to.match(/^r\.yaml.*nobody/);
  });

  it('takes a byte order mark and the line ends of Windows, and wants UTF-8', async () => {
    expect((await load(`\ufeffseed: 3\r\n${data}`)).seed).to.equal(3);
    const wide = await withFiles({ 'r.yaml': '' }, async (folder) => {
      await writeFile(join(folder, 'r.yaml'), `\ufeff${data}`, 'utf16le');
      return failure(loadRecipe(join(folder, 'r.yaml')));
    });
    expect(wide.message).to.match(
      /r\.yaml: expected text in UTF-8, found other bytes; save the file in UTF-8$/,
    );
  });

  it('takes keys as they are written, and says what is wrong with others', async () => {
    const { data: read } = await load('data: { train: a, val: b, classWeights: { 01: 2, null: 3 } }');
    expect(read.classWeights).to.deep.equal({ '01': 2, null: 3 });
    expect(await refusal(`${data}? [a, b]\n: 1\n`)).to.match(/^r\.yaml, line 2, .*keys must be strings$/);
    expect(await refusal(`${data}---\n${data}`)).to.match(
      /^r\.yaml, line 2, .*expected one document, found another one$/,
    );
  });

  it('refuses what contains itself', async () => {
    expect(await refusal('data: &a { train: a, val: *a }')).to.equal(
      'r.yaml: data.val: expected a text or a number above 0 and below 1, found object',
    );
  });

  it('refuses tags: what they make is no JSON, and was taken for an empty section', async () => {
    expect(await refusal(`${data}schedule: !!set { epochs }\n`)).to.match(/^r\.yaml, line 2, .*tag/);
    expect(await refusal(`${data}seed: !!binary aGVsbG8=\n`)).to.match(/^r\.yaml, line 2, .*tag/);
  });

  it('refuses what is not a recipe at all', async () => {
    expect(await refusal('just a text')).to.match(
      /^r\.yaml: the recipe: expected keys with values below it \(.*model, .*\), found "just a text"$/,
    );
    expect(await refusal('')).to.contain(
      'data.train: expected a text (Folder with one folder of training images a class, or a table of labels (.csv)), found nothing',
    );
  });

  describe('unknown keys', () => {
    it('are refused with the full path and the nearest known key', async () => {
      expect(await refusal(`${data}stage: { group: 8 }`)).to.equal(
        'r.yaml: stage.group: unknown key; did you mean stage.groups?',
      );
      expect(await refusal(`${data}optimizer: { learning_rate: 1 }`)).to.contain(
        'did you mean optimizer.learningRate?',
      );
      expect(await refusal(`${data}stagee: {}`)).to.contain('did you mean stage?');
    });

    it('are found in another section where nothing near stands beside them', async () => {
      expect(await refusal(`${data}learningRate: 0.1`)).to.equal(
        'r.yaml: learningRate: unknown key; did you mean optimizer.learningRate?',
      );
    });

    it('bring the list of known ones where nothing is near', async () => {
      expect(await refusal(`${data}stage: { blur: { xylophone: 1 } }`)).to.equal(
        'r.yaml: stage.blur.xylophone: unknown key; known here: size, sigma',
      );
    });

    it('cannot reach the prototype', async () => {
      expect(await refusal(`${data}__proto__: { seed: 1 }`)).to.contain('__proto__: unknown key');
      expect(await refusal(data, ['constructor.name=1'])).to.contain('constructor: unknown key');
      expect(({} as Record<string, unknown>).seed).to.equal(undefined);
    });

    it('of tables are names, but for one that is no name', async () => {
      const found = '{"a":1,"__proto__":2}';
      for (const key of ['data.classWeights', 'optimizer.layerFactors']) {
        const set = `${key}=${found}`;
        expect(await refusal(data, [set])).to.equal(
          `--set ${set}: ${key}: expected names other than __proto__, found ${found}`,
        );
      }
      expect(await refusal(`${data}optimizer: { layerFactors: ${found} }`)).to.equal(
        `r.yaml: optimizer.layerFactors: expected names other than __proto__, found ${found}`,
      );
    });
  });

  describe('wrong values', () => {
    const cases: [text: string, message: string][] = [
      ['stage: { groups: 0 }', 'stage.groups: expected an integer of 1 or more, found 0'],
      ['stage: { groups: 1.5 }', 'stage.groups: expected an integer of 1 or more, found 1.5'],
      ['stage: { enabled: yes }', 'stage.enabled: expected true or false, found "yes"'],
      ['stage: { probability: 1.1 }', 'stage.probability: expected a number from 0 to 1, found 1.1'],
      [
        'stage: { method: grad-cam }',
        'stage.method: expected "group-cam", "lafam", "eigen-cam", "cam", "recipro-cam", "eigen-permuted", "eigen-shifted", "random", "center", "none" or "boxes", found "grad-cam"',
      ],
      ['stage: { layer: 3 }', 'stage.layer: expected a text, or null, found 3'],
      [
        'stage: 3',
        'stage: expected keys with values below it (enabled, method, blend, consistency, groups, threshold, blur, probability, target, cost, layer, start, chunk, scoringScale, scoringPrecision), found 3',
      ],
      [
        'optimizer: { momentum: 1 }',
        'optimizer.momentum: expected a number of 0 or more and below 1, found 1',
      ],
      [
        'optimizer: { learningRate: .nan }',
        'optimizer.learningRate: expected a number of 0 or more, found NaN',
      ],
      ['optimizer: { clipNorm: 0 }', 'optimizer.clipNorm: expected a number above 0, or null, found 0'],
      [
        'optimizer: { betas: [0.9, 1] }',
        'optimizer.betas.1: expected a number of 0 or more and below 1, found 1',
      ],
      [
        'optimizer: { layerFactors: { fc: 0 } }',
        'optimizer.layerFactors.fc: expected a number above 0, found 0',
      ],
      [
        'optimizer: { layerFactors: 10 }',
        'optimizer.layerFactors: expected { NAME: a number above 0, … }, found 10',
      ],
      [
        'optimizer: { name: adamw, nesterov: true }',
        'optimizer.nesterov: expected false where optimizer.name is adamw, found true',
      ],
      [
        'data: { train: a, val: b, classWeights: balance }',
        'data.classWeights: expected "balanced" or { NAME: a number above 0, … }, or null, found "balance"',
      ],
      [
        'data: { train: a, val: 20% }',
        'data.val: expected a path, or a number above 0 and below 1 without quotes or %, found "20%"',
      ],
      ['model: { freeze: layer1 }', 'model.freeze: expected a list, each a text, found "layer1"'],
      ['model: { freeze: [1] }', 'model.freeze.0: expected a text, found 1'],
      ['precision: float8', 'precision: expected "float32", "bfloat16" or "float16", found "float8"'],
      [
        'stage: { threshold: median }',
        'stage.threshold: expected { quantile: a number from 0 to 1 }, { fixed: a number from 0 to 1 }, { deviations: a number of 0 or more } or "mean", found "median"',
      ],
      [
        'stage: { threshold: { quantil: 0.5 } }',
        'stage.threshold: expected { quantile: a number from 0 to 1 }, { fixed: a number from 0 to 1 }, { deviations: a number of 0 or more } or "mean", found {"quantil":0.5}',
      ],
    ];
    for (const [text, message] of cases) {
      it(`are told in one sentence: ${text}`, async () => {
        expect(await refusal(text.startsWith('data:') ? text : `${data}${text}`)).to.equal(
          `r.yaml: ${message}`,
        );
      });
    }

    it('are all listed at once, each with where it comes from', async () => {
      const message = await refusal(`${data}seed: -1\nstage: { group: 8, chunk: no }`, ['log.every=0']);
      expect(message.split('\n')).to.have.members([
        '4 problems in the recipe:',
        '  r.yaml: seed: expected an integer from 0 to 4294967295, found -1',
        '  r.yaml: stage.group: unknown key; did you mean stage.groups?',
        '  r.yaml: stage.chunk: expected an integer of 1 or more, found "no"',
        '  --set log.every=0: log.every: expected an integer of 1 or more, found 0',
      ]);
    });

    it('are not listed without end', async () => {
      const keys = Array.from({ length: 500 }, (_, index) => `key${index}: 1`).join('\n');
      const lines = (await refusal(`${data}${keys}\n`)).split('\n');
      expect(lines[0]).to.equal('500 problems in the recipe:');
      expect(lines.slice(-1)).to.deep.equal(['  and 480 more']);
      expect(lines).to.have.length(22);
    });

    it('are refused where no machine could compute with them', async () => {
      expect(await refusal(`data: { train: a, val: b, size: 1000000, resize: 1000000 }`)).to.contain(
        'data.size: expected',
      );
      expect(await refusal(`data: { train: a, val: b, batchSize: 1000000 }`)).to.equal(
        'r.yaml: data.batchSize: expected at most 14266 images at data.size 224, found 1000000',
      );
    });

    it('are refused where they contradict each other', async () => {
      expect(await refusal(`data: { train: a, val: b, resize: 200 }`)).to.equal(
        'r.yaml: data.resize: expected at least data.size (224), found 200',
      );
      expect(await refusal(`${data}stage: { blur: { size: 50 } }`)).to.contain(
        'stage.blur.size: expected an odd number',
      );
      expect(await refusal(`${data}schedule: { kind: multi-step }`)).to.contain(
        'schedule.milestones: expected at least',
      );
      expect(await refusal(`${data}schedule: { milestones: [4, 4] }`)).to.contain(
        'expected ascending epochs, found [4,4]',
      );
      expect(await refusal(`${data}stage: { method: boxes }`)).to.equal(
        "r.yaml: data.trainBoxes: expected a file in COCO's instances format where stage.method is boxes, found null",
      );
      expect(await refusal(`${data}stage: { method: none, blend: inverse }`)).to.equal(
        'r.yaml: stage.blend: expected blur or cut-mix where stage.method is none, found "inverse"',
      );
      const augmented = (augment: string, stage: string) =>
        refusal(`data: { train: a, val: b, trainBoxes: c, augment: { ${augment} } }\nstage: { ${stage} }`);
      expect(await augmented('mixup: 0.2', 'method: none, blend: cut-mix')).to.equal(
        'r.yaml: data.augment.mixup: expected 0 where stage.blend mixes labels too (cut-mix), found 0.2',
      );
      expect(await augmented('cutmix: 1', 'consistency: 1')).to.equal(
        'r.yaml: data.augment.cutmix: expected 0 where stage.consistency is above 0, found 1',
      );
      expect(await augmented('policy: { name: rand-augment }', 'method: boxes')).to.equal(
        'r.yaml: data.augment.policy.name: expected null where stage.method is boxes, which stay where they were, found "rand-augment"',
      );
      expect(
        (await load(`data: { train: a, val: b, augment: { mixup: 1, cutmix: 1 } }`)).stage.enabled,
      ).to.equal(true);
    });
  });

  describe('--set', () => {
    it('reads the value as YAML', async () => {
      const recipe = await load(data, [
        'stage.enabled=false',
        'optimizer.learningRate=1e-3',
        'optimizer.clipNorm=5',
        'model.freeze=[conv1*, "layer1*"]',
        'model.weights=a=b.safetensors',
        'data.limit=',
      ]);
      expect(recipe.stage.enabled).to.equal(false);
      expect(recipe.optimizer.learningRate).to.equal(0.001);
      expect(recipe.optimizer.clipNorm).to.equal(5);
      expect(recipe.model.freeze).to.deep.equal(['conv1*', 'layer1*']);
      expect(recipe.model.weights).to.equal('a=b.safetensors');
      expect(recipe.data.limit).to.equal(null);
    });

    it('lets the last one win and stands above the file', async () => {
      expect((await load(`${data}seed: 1`, ['seed=2', 'seed=3'])).seed).to.equal(3);
    });

    it('replaces a threshold whole', async () => {
      const recipe = await load(`${data}stage: { threshold: { fixed: 0.3 } }`, [
        'stage.threshold.quantile=0.9',
      ]);
      expect(recipe.stage.threshold).to.deep.equal({ quantile: 0.9 });
    });

    it('refuses an unknown path, an assignment without =, broken YAML and extends', async () => {
      expect(await refusal(data, ['stage.blur.sigmma=3'])).to.equal(
        '--set stage.blur.sigmma=3: stage.blur.sigmma: unknown key; did you mean stage.blur.sigma?',
      );
      expect(await refusal(data, ['seed.x=3'])).to.contain('seed: expected an integer');
      expect(await refusal(data, ['seed'])).to.match(/^--set: expected key=value, .*, found "seed"$/);
      expect(await refusal(data, ['model.freeze=[a'])).to.match(
        /^--set model\.freeze=\[a, line 1, .*not valid YAML/,
      );
      expect(await refusal(data, ['extends=b.yaml'])).to.match(/^--set: expected a key of the recipe/);
    });
  });

  describe('extends', () => {
    it('takes a regular file alone', () =>
      withFiles({ 'r.yaml': 'extends: pipe' }, async (folder) => {
        execFileSync('mkfifo', [join(folder, 'pipe')]);
        const { message } = await failure(loadRecipe(join(folder, 'r.yaml')));
        expect(message).to.match(
          /r\.yaml: extends: expected a recipe file \(YAML\), found: no regular file.*, for .*pipe$/,
        );
      }));

    it('merges sections and replaces lists, over several files', async () => {
      const recipe = await withFiles(
        {
          'a.yaml': `${data}seed: 1\nmodel: { freeze: [a, b] }\nstage: { groups: 8, blur: { size: 11, sigma: 3 } }`,
          'b.yaml': 'extends: a.yaml\nstage: { blur: { size: 21 } }\nmodel: { freeze: [c] }',
          'c.yaml': 'extends: ./b.yaml\nstage: { enabled: false }',
        },
        (folder) => loadRecipe(join(folder, 'c.yaml')),
      );
      expect(recipe.seed).to.equal(1);
      expect(recipe.model.freeze).to.deep.equal(['c']);
      expect(recipe.stage).to.include({ enabled: false, groups: 8 });
      expect(recipe.stage.blur).to.deep.equal({ size: 21, sigma: 3 });
      expect(recipe).to.not.have.property('extends');
    });

    it('refuses a circle, and shows it', async () => {
      const error = await withFiles({ 'a.yaml': 'extends: b.yaml', 'b.yaml': 'extends: a.yaml' }, (folder) =>
        failure(loadRecipe(join(folder, 'a.yaml'))),
      );
      expect(error).to.be.instanceOf(InvalidInput);
      expect(error.message).to.match(/extend each other in a circle: \S*a\.yaml → \S*b\.yaml → \S*a\.yaml$/);
    });

    it('names the file that a missing or a wrong base belongs to', async () => {
      const missing = await withFiles({ 'a.yaml': 'extends: gone.yaml' }, (folder) =>
        failure(loadRecipe(join(folder, 'a.yaml'))),
      );
      expect(missing.message).to.match(
        /a\.yaml: extends: expected a recipe file \(YAML\), found: no such file .*\(ENOENT\), for .*gone\.yaml$/,
      );
      const wrong = await withFiles({ 'a.yaml': 'extends: b.yaml', 'b.yaml': `${data}sead: 1` }, (folder) =>
        failure(loadRecipe(join(folder, 'a.yaml'))),
      );
      expect(wrong.message).to.match(/b\.yaml: sead: unknown key; did you mean seed\?$/);
      expect(await refusal('extends: 3')).to.equal('r.yaml: extends: expected a text, found 3');
    });
  });
});

describe('recipeToYaml', () => {
  it('writes a recipe that loads again unchanged, and is written the same then', async () => {
    const recipe = await load(
      `${data}stage: { threshold: { fixed: 0.25 } }\nmodel: { freeze: ['conv1*', 'null'] }`,
      ['optimizer.weightDecay=1e-4', 'data.augment.scale=[0.4, 1]'],
    );
    const written = recipeToYaml(recipe);
    const again = await load(written);
    expect(again).to.deep.equal(recipe);
    expect(recipeToYaml(again)).to.equal(written);
  });

  it('has the keys in one order, whatever order the file has', async () => {
    const one = await load(`seed: 3\n${data}stage: { groups: 4, enabled: true }`);
    const other = await load(`${data}stage: { enabled: true, groups: 4 }\nseed: 3`);
    expect(recipeToYaml(one)).to.equal(recipeToYaml(other));
    expect(recipeToYaml(one)).to.match(/^model:\n {2}architecture: resnet50\n/);
  });
});

describe('completeRecipe', () => {
  it('fills in an object and leaves it alone', () => {
    const content = { data: { train: 'a', val: 'b' } };
    expect(completeRecipe(content).data.batchSize).to.equal(32);
    expect(content).to.deep.equal({ data: { train: 'a', val: 'b' } });
  });

  it('refuses it as a file', () => {
    expect(() => completeRecipe({})).to.throw(InvalidInput, 'recipe: data.train: expected a text');
  });
});
