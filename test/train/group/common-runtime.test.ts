import { expect } from 'chai';
import { soloGroup, type Group } from '../../../src/distributed/index.js';
import type { Runtime } from '../../../src/tensorflow/index.js';
import { commonRuntime } from '../../../src/train/group/index.js';

describe('the runtime of several processes', () => {
  const own: Runtime = { tensorflow: '2.21.0', device: 'cpu', bfloat16: true, graphs: true };
  const beside = (others: boolean[]): Group => ({
    ...soloGroup(),
    gather: <T>(value: T) => Promise.resolve([value, ...(others as T[])]),
  });

  it('gains from bfloat16 where all of them do', async () => {
    expect(await commonRuntime(beside([true, true]), own)).to.deep.equal(own);
    expect(await commonRuntime(beside([true, false]), own)).to.deep.equal({ ...own, bfloat16: false });
  });
});
