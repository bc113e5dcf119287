import { invalid } from '../../errors.js';
import { isObject } from '../../text/is-object.js';
import { checkAddresses } from '../address.js';
import type { FoundPlace } from './variables.js';

/** The kinds of tasks that train, in the order of their ranks. */
const trains = ['chief', 'master', 'worker'];

/**
 * A place as TensorFlow and Kubeflow write it:
 * `{"cluster": {"chief": ["a:2222"], "worker": ["b:2222", "c:2222"]}, "task": {"type": "worker", "index": 1}}`.
 * The chief is rank 0, where there is one.
 *
 * @param text value of TF_CONFIG
 * @returns null where it names no cluster
 * @throws InvalidInput where it is something else, or the task is none of those that train
 */
export function placeFromTfConfig(text: string): FoundPlace | null {
  const { cluster, task } = parse(text);
  if (cluster === undefined && task === undefined) return null;
  if (!isObject(cluster)) throw invalid('TF_CONFIG: cluster', 'lists of addresses by kind of task', cluster);
  if (!isObject(task)) throw invalid('TF_CONFIG: task', 'this process as {"type": …, "index": …}', task);
  if (listOf(cluster, 'ps').length > 0)
    throw invalid('TF_CONFIG: cluster', 'no parameter servers (ps)', cluster['ps'], 'use workers alone');
  const lists = trains.map((type) => listOf(cluster, type));
  const addresses = lists.flat() as string[];
  checkAddresses('TF_CONFIG: cluster', addresses);
  const { type, index } = task;
  const kind = trains.indexOf(String(type));
  if (kind < 0) {
    throw invalid('TF_CONFIG: task.type', 'chief or worker', type, 'camtune validates where it trains');
  }
  const own = lists[kind]!.length;
  const place = typeof index === 'string' && /^\d+$/.test(index) ? Number(index) : index;
  if (own === 0) throw invalid('TF_CONFIG: cluster', `the addresses of ${String(type)}`, cluster);
  if (!(Number.isInteger(place) && (place as number) >= 0 && (place as number) < own))
    throw invalid('TF_CONFIG: task.index', `a number from 0 to ${own - 1} (${String(type)})`, index);
  const before = lists.slice(0, kind).reduce((sum, list) => sum + list.length, 0);
  return { rank: before + (place as number), size: addresses.length, addresses };
}

function parse(text: string): Record<string, unknown> {
  const example = 'JSON as {"cluster": {"worker": ["host:port", …]}, "task": {"type": "worker", "index": 0}}';
  try {
    const content: unknown = JSON.parse(text);
    if (isObject(content)) return content;
  } catch {
    // Said below.
  }
  throw invalid('TF_CONFIG', example, text);
}

function listOf(cluster: Record<string, unknown>, type: string): unknown[] {
  const list = Object.hasOwn(cluster, type) ? cluster[type] : [];
  if (Array.isArray(list)) return list;
  throw invalid(`TF_CONFIG: cluster.${type}`, 'a list of addresses', list);
}
