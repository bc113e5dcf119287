import { invalid } from '../../errors.js';
import { checkAddresses } from '../address.js';
import { derivedPorts } from './derived-ports.js';
import { expandHosts, expandNumbers } from './host-list.js';
import { type Environment, type FoundPlace, taskFrom, wholeNumber } from './variables.js';

/**
 * A place among the tasks of a step, as `srun` tells them. The hosts come from the list of the step (or the job), the
 * ports from `--resv-ports`, else from the job's number.
 *
 * @returns null outside of a task
 * @throws InvalidInput where variables are missing or contradict each other
 */
export function placeFromSlurm(environment: Environment): FoundPlace | null {
  if (environment['SLURM_PROCID'] === undefined) return null;
  const { rank, size } = taskFrom(environment, 'SLURM_PROCID', [
    'SLURM_STEP_NUM_TASKS',
    'SLURM_NTASKS',
    'SLURM_NPROCS',
  ]);
  if (size === 1) return { rank, size, addresses: [] };
  const listed = first(environment, 'SLURM_STEP_NODELIST', 'SLURM_JOB_NODELIST', 'SLURM_NODELIST');
  if (!listed) {
    throw invalid('SLURM_STEP_NODELIST', 'the hosts of the step', undefined, 'start all processes with srun');
  }
  const hosts = expandHosts(listed.name, listed.value);
  const nodes = nodesOfTasks(environment, size, hosts.length);
  checkOwnNode(environment, nodes[rank]!);
  const ports = portsOf(environment);
  const taken = new Map<number, number>();
  const addresses = nodes.map((node) => {
    const index = taken.get(node) ?? 0;
    taken.set(node, index + 1);
    return `${hosts[node]!}:${ports(index)}`;
  });
  checkAddresses(listed.name, addresses);
  return { rank, size, addresses };
}

/** The node of each task, by number. */
function nodesOfTasks(environment: Environment, size: number, hosts: number): number[] {
  const counts = tasksOnNodes(environment, size, hosts);
  if (/cyclic/.test((environment['SLURM_DISTRIBUTION'] ?? '').split(':')[0]!)) return inTurn(counts);
  return counts.flatMap((count, node) => Array.from({ length: count }, () => node));
}

/** One task for each node after the other, until each has its number. */
function inTurn(counts: readonly number[]): number[] {
  const rounds = Array.from({ length: Math.max(...counts) }, (_, round) => round);
  return rounds.flatMap((round) => counts.flatMap((count, node) => (count > round ? [node] : [])));
}

/** As "2(x3),1": two tasks on each of three nodes, one on the next. */
function tasksOnNodes(environment: Environment, size: number, hosts: number): number[] {
  const listed = first(environment, 'SLURM_STEP_TASKS_PER_NODE', 'SLURM_TASKS_PER_NODE');
  if (!listed) {
    if (size % hosts === 0) return Array.from({ length: hosts }, () => size / hosts);
    const expected = `how many of ${size} tasks stand on each of ${hosts} nodes`;
    throw invalid('SLURM_STEP_TASKS_PER_NODE', expected, undefined);
  }
  const counts = listed.value.split(',').flatMap((part) => {
    const [, count, times = '1'] = /^(\d{1,6})(?:\(x(\d{1,6})\))?$/.exec(part.trim()) ?? [];
    return Array.from({ length: count === undefined ? 0 : Math.min(Number(times), hosts + 1) }, () =>
      Number(count),
    );
  });
  const sum = counts.reduce((total, count) => total + count, 0);
  if (counts.length !== hosts || sum !== size) {
    throw invalid(listed.name, `${size} tasks on ${hosts} nodes, as 2(x3),1`, listed.value);
  }
  return counts;
}

/** @throws InvalidInput where Slurm has put this task on another node than we think */
function checkOwnNode(environment: Environment, expected: number): void {
  if (environment['SLURM_NODEID'] === undefined) return;
  const node = wholeNumber(environment, 'SLURM_NODEID', 0, "this task's node");
  if (node === expected) return;
  throw invalid('SLURM_NODEID', `${expected}, by the distribution of the tasks`, node, 'use srun -m block');
}

/** The ports of the tasks of one node: reserved ones, else such that follow from job and step. */
function portsOf(environment: Environment): (index: number) => string {
  const reserved = first(environment, 'SLURM_STEP_RESV_PORTS');
  if (!reserved) {
    const job = first(environment, 'SLURM_JOB_ID', 'SLURM_JOBID');
    if (!job) throw invalid('SLURM_JOB_ID', 'the number of the job, which the ports follow from', undefined);
    const step = environment['SLURM_STEP_ID'] ?? environment['SLURM_STEPID'] ?? '';
    return derivedPorts(`${job.value} ${step}`, 'SLURM_STEP_RESV_PORTS');
  }
  const expected = 'ports from 1 to 65535, each once, as 12000-12003,12010';
  const ports = expandNumbers(reserved.name, reserved.value, expected);
  if (
    new Set(ports.map(Number)).size < ports.length ||
    !ports.every((port) => /^[1-9]/.test(port) && Number(port) <= 65535)
  )
    throw invalid(reserved.name, expected, reserved.value);
  return (index) => {
    if (index < ports.length) return ports[index]!;
    throw invalid(
      reserved.name,
      `a port for each task of a node, ${index + 1} at least`,
      reserved.value,
      'leave out srun --resv-ports, or ask for more',
    );
  };
}

/** The first of the variables that says something. */
function first(environment: Environment, ...names: string[]): { name: string; value: string } | undefined {
  const name = names.find((each) => environment[each]);
  return name === undefined ? undefined : { name, value: environment[name]! };
}
