import { mkdir } from 'node:fs/promises';
import { expect } from 'chai';
import { exitStatus, sentence } from '../../src/cli/errors.js';
import { Failure, InvalidInput } from '../../src/errors.js';

describe('exitStatus', () => {
  it('is 2 for wrong use, 1 for what failed', () => {
    expect(exitStatus(new InvalidInput('x'))).to.equal(2);
    expect(exitStatus(new Failure('x'))).to.equal(1);
    expect(exitStatus(new TypeError('x'))).to.equal(1);
    expect(exitStatus('x')).to.equal(1);
  });
});

describe('sentence', () => {
  it('is the message of our own errors', () => {
    expect(sentence(new InvalidInput('seed: expected 1, found 2'), {})).to.equal(
      'camtune: seed: expected 1, found 2',
    );
    expect(sentence(new Failure('2 problems:\n  a\n  b'), {})).to.equal('camtune: 2 problems:\n  a\n  b');
  });

  it('names the path and the reason of what the system refuses', async () => {
    const error: unknown = await mkdir('/proc/camtune').catch((thrown: unknown) => thrown);
    expect(sentence(error, {})).to.match(/^camtune: \/proc\/camtune: [a-z -]+ \(E[A-Z]+\)$/);
  });

  it('says where no memory is enough', () => {
    const error: unknown = (() => {
      try {
        return new Float32Array(1e12);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(sentence(error, {})).to.match(
      /^camtune: what is asked for needs more memory than there can be \(.*\)$/,
    );
  });

  it('is one line of any other error, and how to see the rest', () => {
    expect(sentence(new TypeError('x is not a function\nmore'), {})).to.equal(
      'camtune: x is not a function; run with CAMTUNE_DEBUG=1 for the stack',
    );
    expect(sentence('thrown text', {})).to.contain('thrown text');
  });

  it('is the stack where CAMTUNE_DEBUG asks for it', () => {
    expect(sentence(new TypeError('x'), { CAMTUNE_DEBUG: '1' })).to.match(/^TypeError: x\n +at /);
  });
});
