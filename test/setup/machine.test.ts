import { expect } from 'chai';
import { Failure } from '../../src/errors.js';
import { rememberChoice, rememberedChoice } from '../../src/setup/choice.js';
import { driverVersion } from '../../src/setup/driver.js';
import { machineMemory } from '../../src/process/memory.js';
import { threads } from '../../src/setup/machine.js';
import { bfloat16Instructions, gainsFromBfloat16 } from '../../src/tensorflow/native/index.js';
import { chooseVariant, unsupported } from '../../src/setup/platform.js';
import { withHome } from './home.js';

describe('the machine', () => {
  it('multiplies bfloat16 itself where the processor has the flags, and not where they are part of another', () => {
    expect(bfloat16Instructions('flags\t\t: fpu avx512_bf16 amx_bf16 amx_tile\n')).to.deep.equal([
      'avx512_bf16',
      'amx_bf16',
    ]);
    expect(bfloat16Instructions('model name : x\nflags : fpu avx512f no_avx512_bf16\n')).to.deep.equal([]);
    expect(bfloat16Instructions('')).to.deep.equal([]);
  });

  it('gains from bfloat16 with AMX, or with instructions of AMD', () => {
    const intel = 'vendor_id : GenuineIntel\n';
    expect(gainsFromBfloat16(`${intel}flags : avx512_bf16 amx_bf16\n`)).to.equal(true);
    expect(gainsFromBfloat16(`${intel}flags : avx512_bf16\n`)).to.equal(false);
    expect(gainsFromBfloat16('vendor_id : AuthenticAMD\nflags : avx512_bf16\n')).to.equal(true);
    expect(gainsFromBfloat16('vendor_id : AuthenticAMD\nflags : avx2\n')).to.equal(false);
    expect(gainsFromBfloat16('')).to.equal(false);
  });

  it('has memory, but no more than there is', () => {
    const { free, total } = machineMemory();
    expect(free).to.be.within(1, total);
    expect(total).to.be.below(2 ** 50);
  });

  it('says how many threads there are and what changes that', () => {
    expect(threads({})).to.match(/^\d+$/);
    expect(threads({ OMP_NUM_THREADS: '3' })).to.match(/^\d+, OMP_NUM_THREADS=3$/);
  });

  it('names its NVIDIA driver', () => {
    const text =
      'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC 12.3.0';
    expect(driverVersion(text)).to.equal('550.54.15');
    expect(
      driverVersion('NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release'),
    ).to.equal('580.65.06');
    expect(driverVersion('')).to.equal(undefined);
  });
});

describe('the variant', () => {
  it('is what was asked for, else what the driver says', () => {
    expect(chooseVariant(undefined, undefined, 'x64')).to.equal('cpu');
    expect(chooseVariant(undefined, '550.54', 'x64')).to.equal('gpu');
    expect(chooseVariant(false, '550.54', 'x64')).to.equal('cpu');
    expect(chooseVariant(true, undefined, 'x64')).to.equal('gpu');
  });

  it('stays what was asked for last', () =>
    withHome(async () => {
      expect(rememberedChoice()).to.equal(undefined);
      await rememberChoice(false);
      expect(rememberedChoice()).to.equal(false);
      await rememberChoice(true);
      expect(rememberedChoice()).to.equal(true);
    }));

  it('is the CPU one on arm64', () => {
    expect(chooseVariant(undefined, '550.54', 'arm64')).to.equal('cpu');
    expect(() => chooseVariant(true, '550.54', 'arm64')).to.throw(
      Failure,
      'setup --gpu: expected x64, found arm64',
    );
  });
});

describe('unsupported', () => {
  it('takes Linux with the GNU C library, and says what to do elsewhere', () => {
    expect(unsupported({ platform: 'linux', arch: 'x64', glibc: '2.36' })).to.equal(undefined);
    expect(unsupported({ platform: 'linux', arch: 'arm64', glibc: '2.36' })).to.equal(undefined);
    expect(unsupported({ platform: 'linux', arch: 'x64' })).to.contain('GNU C library');
    expect(unsupported({ platform: 'darwin', arch: 'arm64' })).to.match(
      /^expected Linux.*found darwin on arm64; install @tens/,
    );
  });
});
