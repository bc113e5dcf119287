import { expect } from 'chai';
import { Failure } from '../../src/errors.js';
import { complaint, run } from '../../src/setup/command.js';
import { stepper } from '../../src/setup/steps.js';
import { findCompiler, findPip, requireTools } from '../../src/setup/tools.js';
import { withHome } from './home.js';

describe('tools', () => {
  it('that are missing are named in one sentence, each with what installs it', () =>
    withHome(
      async () => {
        const tools = [await findPip(), await findCompiler()];
        expect(() => requireTools(tools)).to.throw(
          Failure,
          'setup: expected python3 with pip and g++, did not find python3 with pip (tried no-python; apt-get install -y ' +
            'python3 python3-pip, or dnf install -y python3-pip), nor g++ (tried no-compiler; apt-get install -y g++',
        );
        expect(() => requireTools([])).not.to.throw();
      },
      { PYTHON: 'no-python', CXX: 'no-compiler' },
    ));

  it('are found by what they say about themselves', () =>
    withHome(
      async () => {
        // Node answers --version too, but is no Python.
        expect((await findCompiler()).version).to.equal(process.version);
        expect((await findPip()).version).to.equal(undefined);
      },
      { PYTHON: process.execPath, CXX: process.execPath },
    ));
});

describe('run', () => {
  it('keeps what a program says and how it ends; stdin is closed', async () => {
    const script =
      'process.stdin.on("end", () => { console.log("out"); console.error("err"); process.exit(3) }).resume()';
    const ended = await run(process.execPath, ['-e', script]);
    expect(ended).to.deep.equal({ status: 3, signal: null, stdout: 'out\n', stderr: 'err\n' });
  });

  it('tells a program that is not there from one that a signal ended', async () => {
    const missing = await run('no-such-program', []);
    expect(missing.status).to.equal(127);
    expect(complaint(missing)).to.contain('no-such-program');
    const killed = await run(process.execPath, ['-e', 'process.kill(process.pid, "SIGKILL")']);
    expect(complaint(killed)).to.equal('ended by SIGKILL');
  });
});

describe('complaint', () => {
  const ended = { status: 1, signal: null, stdout: '' };
  it('is the lines that name an error, else the last ones', () => {
    const stderr = 'In file included from a.h\na.cc:1:1: error: no such thing\n  1 | x\n';
    expect(complaint({ ...ended, stderr })).to.equal('a.cc:1:1: error: no such thing');
    expect(complaint({ ...ended, stderr: 'one\ntwo\nthree\nfour\n' })).to.equal('two three four');
    expect(complaint({ ...ended, stderr: '' })).to.equal('it said nothing');
  });
});

describe('stepper', () => {
  it('says when a step begins and how long it took; one that fails is not done', async () => {
    const lines: string[] = [];
    const { step, done } = stepper((line) => lines.push(line));
    expect(await step('unpack', () => Promise.resolve(7))).to.equal(7);
    await step('compile', () => Promise.reject(new Error('no'))).catch(() => undefined);
    expect(lines[0]).to.equal('setup: unpack ...');
    expect(lines[1]).to.match(/^setup: unpack: 0\.\d s$/);
    expect(lines.slice(2)).to.deep.equal(['setup: compile ...']);
    expect(done.map(({ name }) => name)).to.deep.equal(['unpack']);
  });
});
