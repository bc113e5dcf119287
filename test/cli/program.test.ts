import { expect } from 'chai';
import { program } from '../../src/cli/program.js';
import { metricNames } from '../../src/cli/commands/evaluate.js';
import { InvalidInput } from '../../src/errors.js';
import { metrics } from '../../src/evaluate/folder/index.js';
import { camtuneProcess } from './camtune.js';

/** What is said of a command line that must not run. */
async function refused(...args: string[]): Promise<string> {
  const parse = async (): Promise<unknown> => program(args).parseAsync();
  const error = await parse().then(
    () => new Error('it ran'),
    (thrown: Error) => thrown,
  );
  expect(error, error.message).to.be.instanceOf(InvalidInput);
  return error.message;
}

const help = (command: string): string => `npm run -s camtune -- ${command}--help says what there is`;

describe('the command line', () => {
  it('names the nearest command', async () => {
    expect(await refused('trian')).to.equal('unknown command "trian"; did you mean train?');
    expect(await refused('xyz')).to.equal(`unknown command "xyz"; ${help('')}`);
    expect(await refused()).to.equal(`a command is missing; ${help('')}`);
  });

  it('names the nearest flag, also where one that is needed is missing for it', async () => {
    expect(await refused('train', 'x.yaml', '--dry-runn')).to.equal(
      'unknown option --dry-runn; did you mean --dry-run?',
    );
    expect(await refused('predict', '--weigths', 'w', '--image', 'a')).to.equal(
      'unknown option --weigths; did you mean --weights?',
    );
    expect(await refused('train', '--dryRun')).to.equal('unknown option --dryRun; did you mean --dry-run?');
    expect(await refused('doctor', '--xyz')).to.equal(`unknown option --xyz; ${help('doctor ')}`);
  });

  it('says what is missing and what is too much', async () => {
    expect(await refused('import')).to.equal(`--from and --to are missing; ${help('import ')}`);
    expect(await refused('monitor')).to.equal(
      'RUN: expected folders of runs, or --from with a folder of maps, found nothing',
    );
    expect(await refused('train', 'a', 'b')).to.equal(`unexpected argument "b"; ${help('train ')}`);
    expect(await refused('predict', 'photo.jpg')).to.equal(
      'unexpected argument "photo.jpg"; did you mean --image photo.jpg?',
    );
    expect(await refused('train', '--run')).to.equal('--run: expected a value, found nothing');
  });

  it('checks values: choices with the nearest one, numbers with their range', async () => {
    const evaluate = ['evaluate', 'sanity', '--weights', 'w', '--data', 'd'];
    expect(await refused(...evaluate, '--fill', 'blurr')).to.equal(
      '--fill: expected blur, zeros, mean, found "blurr"; did you mean blur?',
    );
    expect(await refused('evaluate', 'sanitee', '--weights', 'w', '--data', 'd')).to.match(
      /^METRIC: expected insertion-deletion, .*, found "sanitee"; did you mean sanity\?$/,
    );
    for (const wrong of ['x', '0', '1.5', ' ']) {
      expect(await refused(...evaluate, '--limit', wrong)).to.equal(
        `--limit: expected an integer of 1 or more, found ${JSON.stringify(wrong)}`,
      );
    }
    expect(await refused('explain', '--opacity', '2')).to.equal(
      '--opacity: expected a number from 0 to 1, found "2"',
    );
  });

  it('knows every metric', () => {
    expect([...metricNames].sort()).to.deep.equal([...Object.keys(metrics), 'all'].sort());
  });

  it('has a help for every command, and no other output with it', async () => {
    const commands =
      'setup doctor train predict explain evaluate compare monitor shortcuts import export bench'.split(' ');
    for (const command of commands) {
      const text = await helpOf(command);
      expect(text).to.match(new RegExp(`^camtune ${command}`));
      expect(text).to.contain('--json');
      // One form of defaults: between brackets, in words.
      expect(text).not.to.match(/default: (?:\[|"|undefined|null)|; default:/);
    }
    expect(await helpOf()).to.match(/^ {2}camtune bench <what> +time ResNet-50/m);
  });

  it('completes commands, flags and choices', async () => {
    const completed = async (...words: string[]): Promise<string[]> =>
      (await camtuneProcess('--get-yargs-completions', 'camtune', ...words)).stdout.split('\n');
    expect(await completed('tr')).to.include('train');
    expect(await completed('train', '--')).to.include.members(['--set', '--dry-run']);
    expect(await completed('bench', 'train', '--precision')).to.include('bfloat16');
  });
});

function helpOf(...command: string[]): Promise<string> {
  return new Promise((resolve) => {
    void program([]).parseAsync([...command, '--help'], {}, (_error, _parsed, output) => resolve(output));
  });
}
