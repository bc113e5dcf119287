import { expect } from 'chai';
import { findPlace } from '../../../src/distributed/place/index.js';
import { InvalidInput } from '../../../src/errors.js';

type Environment = Record<string, string>;

const config = (cluster: object, task: object): Environment => ({
  TF_CONFIG: JSON.stringify({ cluster, task }),
});
const slurm = (others: Environment): Environment => ({
  SLURM_JOB_ID: '4711',
  SLURM_STEP_ID: '0',
  SLURM_PROCID: '1',
  SLURM_STEP_NUM_TASKS: '3',
  ...others,
});
/** The first of these workers. */
const first = (...worker: string[]): Environment => config({ worker }, { type: 'worker', index: 0 });
const workers = { worker: ['a:2222', 'b:2222'] };

/** What the environment says → rank and hosts or addresses. */
// prettier-ignore
const places: [name: string, environment: Environment, rank: number, addresses: string[]][] = [
  ['TensorFlow', config(workers, { type: 'worker', index: 1 }), 1, ['a:2222', 'b:2222']],
  ['Kubeflow, the chief first', config({ worker: ['w0:1', 'w1:1'], chief: ['c:1'] }, { type: 'worker', index: 0 }), 1, ['c:1', 'w0:1', 'w1:1']],
  ['Kubeflow, the chief', { ...config({ ...workers, chief: ['c:1'], ps: [] }, { type: 'chief', index: 0 }), CAMTUNE_SECRET: '' }, 0, ['c:1', 'a:2222', 'b:2222']],
  ['an address of IPv6, the number as text', config({ worker: ['[::1]:1', '[fe80::1%eth0]:2'] }, { type: 'worker', index: '1' }), 1, ['[::1]:1', '[fe80::1%eth0]:2']],
  ['Slurm with reserved ports, two tasks on the first node', slurm({ SLURM_STEP_NODELIST: 'node[01-02]', SLURM_STEP_TASKS_PER_NODE: '2,1', SLURM_STEP_RESV_PORTS: '12000-12001', SLURM_NODEID: '0' }), 1, ['node01:12000', 'node01:12001', 'node02:12000']],
  ['Slurm in turn over the nodes', slurm({ SLURM_STEP_NODELIST: 'node[01-02]', SLURM_STEP_TASKS_PER_NODE: '2,1', SLURM_STEP_RESV_PORTS: '12000-12001', SLURM_DISTRIBUTION: 'cyclic', SLURM_NODEID: '1' }), 1, ['node01:12000', 'node02:12000', 'node01:12001']],
  ['Open MPI with addresses', { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '2', CAMTUNE_ADDRESSES: 'a:1, b:2' }, 1, ['a:1', 'b:2']],
  ['mpiexec inside of a Slurm job', { ...slurm({ SLURM_PROCID: '0' }), PMI_RANK: '1', PMI_SIZE: '2', CAMTUNE_ADDRESSES: 'a:1,b:2' }, 1, ['a:1', 'b:2']],
];

const alone: [name: string, environment: Environment][] = [
  ['nothing', {}],
  ['an empty TF_CONFIG', { TF_CONFIG: '' }],
  ['a TF_CONFIG without a cluster', { TF_CONFIG: '{}' }],
  ['one worker', first('a:1')],
  ['one task of Slurm', { SLURM_PROCID: '0', SLURM_NTASKS: '1', SLURM_JOB_ID: '1' }],
  ['salloc without srun', { SLURM_NTASKS: '4', SLURM_JOB_ID: '1', SLURM_JOB_NODELIST: 'n[1-4]' }],
  ['mpiexec -n 1', { PMI_RANK: '0', PMI_SIZE: '1' }],
];

// prettier-ignore
const wrong: [name: string, environment: Environment, says: RegExp][] = [
  ['no JSON', { TF_CONFIG: '{"cluster"' }, /TF_CONFIG: expected JSON as/],
  ['a number', { TF_CONFIG: '7' }, /TF_CONFIG: expected JSON as/],
  ['no task', { TF_CONFIG: JSON.stringify({ cluster: workers }) }, /TF_CONFIG: task: expected/],
  ['a number too high', config(workers, { type: 'worker', index: 2 }), /task.index: expected a number from 0 to 1/],
  ['a negative number', config(workers, { type: 'worker', index: -1 }), /task.index: expected/],
  ['an evaluator', config(workers, { type: 'evaluator', index: 0 }), /task.type: expected chief or worker/],
  ['an address of IPv6 without brackets', first('::1:1', 'b:1'), /IPv6 in brackets: \[::1\]:2222\), found "::1:1"/],
  ['brackets around no address', first('[zz]:1', 'b:1'), /host:port.*found "\[zz\]:1"/],
  ['an address twice in capitals', first('A:1', 'a:1'), /found a:1 twice/],
  ['a prototype’s name', config(workers, { type: '__proto__', index: 0 }), /task.type: expected/],
  ['parameter servers', config({ ...workers, ps: ['p:1'] }, { type: 'worker', index: 0 }), /no parameter servers/],
  ['no port', first('a', 'b:1'), /host:port, with a port.*found "a"/],
  ['port 0', first('a:0', 'b:1'), /host:port/],
  ['a shell', first('$(id):1', 'b:1'), /host:port/],
  ['an address twice', first('a:1', 'a:1'), /another address for each/],
  ['one TF_CONFIG for all of mpiexec', { ...config(workers, { type: 'worker', index: 0 }), PMI_RANK: '1', PMI_SIZE: '2' }, /TF_CONFIG: expected the task of PMI_RANK \(1\), found rank 0/],
  ['a rank without a size', { SLURM_PROCID: '0' }, /SLURM_STEP_NUM_TASKS: expected/],
  ['a size without a rank', { OMPI_COMM_WORLD_SIZE: '2' }, /OMPI_COMM_WORLD_RANK: expected/],
  ['a rank as high as the size', slurm({ SLURM_PROCID: '3' }), /SLURM_PROCID: expected a number below/],
  ['a rank that is none', slurm({ SLURM_PROCID: '1e0' }), /SLURM_PROCID: expected/],
  ['no hosts', slurm({}), /SLURM_STEP_NODELIST: expected the hosts/],
  ['a bracket that stays open', slurm({ SLURM_STEP_NODELIST: 'n[1-3' }), /SLURM_STEP_NODELIST: expected a list/],
  ['hosts backwards', slurm({ SLURM_STEP_NODELIST: 'n[3-1]' }), /SLURM_STEP_NODELIST: expected a list/],
  ['more hosts than there are', slurm({ SLURM_STEP_NODELIST: 'n[1-999999999]' }), /SLURM_STEP_NODELIST/],
  ['a product of hosts', slurm({ SLURM_STEP_NODELIST: 'a[1-999]b[1-999]' }), /SLURM_STEP_NODELIST/],
  ['tasks that are not those of the step', slurm({ SLURM_STEP_NODELIST: 'n[1-2]', SLURM_STEP_TASKS_PER_NODE: '2(x2)' }), /SLURM_STEP_TASKS_PER_NODE: expected 3 tasks on 2 nodes/],
  ['nodes of unknown tasks', slurm({ SLURM_STEP_NODELIST: 'n[1-2]' }), /SLURM_STEP_TASKS_PER_NODE: expected how many/],
  ['another node than ours', slurm({ SLURM_STEP_NODELIST: 'n[1-3]', SLURM_NODEID: '2' }), /SLURM_NODEID: expected 1/],
  ['too few ports', slurm({ SLURM_STEP_NODELIST: 'n1', SLURM_STEP_RESV_PORTS: '12000-12001' }), /SLURM_STEP_RESV_PORTS: expected a port for each task/],
  ['ports that are none', slurm({ SLURM_STEP_NODELIST: 'n1', SLURM_STEP_RESV_PORTS: '70000-70002' }), /SLURM_STEP_RESV_PORTS: expected ports from 1 to 65535/],
  ['a port twice', slurm({ SLURM_STEP_NODELIST: 'n1', SLURM_STEP_RESV_PORTS: '12000,12000,12001' }), /SLURM_STEP_RESV_PORTS: expected ports from 1 to 65535, each once/],
  ['words for ports', slurm({ SLURM_STEP_NODELIST: 'n1', SLURM_STEP_RESV_PORTS: 'x' }), /expected ports from/],
  ['hosts that are none', slurm({ SLURM_STEP_NODELIST: 'a/b', SLURM_STEP_TASKS_PER_NODE: '3' }), /SLURM_STEP_NODELIST: expected host:port/],
  ['a host twice', slurm({ SLURM_STEP_NODELIST: 'n1,n2,n1', SLURM_STEP_TASKS_PER_NODE: '1(x3)' }), /SLURM_STEP_NODELIST: expected another address for each process/],
  ['more tasks of a node than ports follow from the job', slurm({ SLURM_STEP_NODELIST: 'n1', SLURM_STEP_NUM_TASKS: '65' }), /SLURM_STEP_RESV_PORTS: expected ports of their own for more than 64 processes/],
  ['mpiexec over several machines', { PMI_RANK: '0', PMI_SIZE: '4', MPI_LOCALNRANKS: '2' }, /CAMTUNE_ADDRESSES: expected/],
  ['mpiexec that does not say where', { PMI_RANK: '0', PMI_SIZE: '4' }, /CAMTUNE_ADDRESSES: expected/],
  ['fewer addresses than ranks', { PMI_RANK: '0', PMI_SIZE: '3', CAMTUNE_ADDRESSES: 'a:1,b:1' }, /CAMTUNE_ADDRESSES: expected 3 addresses/],
  ['a place that is none', { CAMTUNE_PLACE: '[]' }, /CAMTUNE_PLACE: expected/],
];

describe('findPlace', () => {
  places.forEach(([name, environment, rank, addresses]) =>
    it(`finds its place: ${name}`, () => expect(findPlace(environment)).to.deep.equal({ rank, addresses })),
  );

  alone.forEach(([name, environment]) =>
    it(`stands alone: ${name}`, () => expect(findPlace(environment)).to.equal(null)),
  );

  wrong.forEach(([name, environment, says]) =>
    it(`refuses in one sentence: ${name}`, () => {
      expect(() => findPlace(environment))
        .to.throw(InvalidInput, says)
        .with.property('message')
        .that.does.not.match(/\n/);
    }),
  );

  it('hands on the secret', () => {
    const environment = { ...config(workers, { type: 'worker', index: 0 }), CAMTUNE_SECRET: 'hush' };
    expect(findPlace(environment)).to.include({ rank: 0, secret: 'hush' });
  });

  it('derives the ports of a job from its number, the same on every task, and the hosts from the list', () => {
    const of = (rank: number, job = '4711') =>
      findPlace(slurm({ SLURM_PROCID: String(rank), SLURM_JOB_ID: job, SLURM_STEP_NODELIST: 'n[08-10],x' + rank.toString().slice(1), SLURM_STEP_NUM_TASKS: '8', SLURM_STEP_TASKS_PER_NODE: '2(x4)' }))!; // prettier-ignore
    const { addresses } = of(0);
    expect(addresses.map((address) => address.split(':')[0])).to.deep.equal([
      'n08',
      'n08',
      'n09',
      'n09',
      'n10',
      'n10',
      'x',
      'x',
    ]);
    expect(of(7).addresses).to.deep.equal(addresses);
    expect(of(0, '4712').addresses).to.not.deep.equal(addresses);
    addresses.forEach((address) => expect(Number(address.split(':')[1])).to.be.within(20000, 32767));
  });

  it('on one machine gives the processes of mpiexec ports that follow from the job', () => {
    const of = (rank: string) =>
      findPlace({ OMPI_COMM_WORLD_RANK: rank, OMPI_COMM_WORLD_SIZE: '2', OMPI_COMM_WORLD_LOCAL_SIZE: '2', PMIX_NAMESPACE: 'job-7' })!; // prettier-ignore
    expect(of('1')).to.deep.equal({ ...of('0'), rank: 1 });
    expect(of('0').addresses.every((address) => /^127\.0\.0\.1:2\d{4}$|:3\d{4}$/.test(address))).to.equal(
      true,
    );
  });
});
