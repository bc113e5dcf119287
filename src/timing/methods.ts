import { methodNamed, methods } from '../explain/index.js';
import { methodOptionsFrom } from '../explain/folder/index.js';
import { usefulPrecision, type Precision, type Runtime } from '../tensorflow/index.js';
import {
  benchExplain,
  benchNetwork,
  paperSeconds,
  type BenchNetwork,
  type ExplainTiming,
} from './explain.js';

/** What somebody asks of `camtune bench explain`. */
export interface BenchMethods {
  /** With commas between, or 'all'; by default those of the paper's Table 3. */
  method?: string;
  /** Options of methods: 'group-cam.groups=8', or 'groups=8' for every method that has it. */
  set: readonly string[];
  network: BenchNetwork;
  /** Images in a call. */
  batch: number;
  /** Side of the images, pixels. */
  size: number;
  precision: Precision;
  repeats: number;
}

/**
 * Times methods one after the other.
 *
 * @param runtime what loadTensorflow() answered
 * @param onMethod hears which method is timed next
 * @throws InvalidInput where there is no such method or option, before the first of them takes its minutes
 */
export async function benchMethods(
  { method, set, network, batch, size, precision, repeats }: BenchMethods,
  runtime: Runtime,
  onMethod: (name: string, index: number, count: number) => void,
): Promise<ExplainTiming[]> {
  const names = methodsAsked(method);
  names.forEach(methodNamed);
  const settings = methodOptionsFrom(set, names);
  const computedIn = usefulPrecision(precision, runtime);
  const options = { batch, size, precision, computedIn, device: runtime.device, repeats };
  const classifier = benchNetwork(network, size);
  const timings: ExplainTiming[] = [];
  for (const [index, name] of names.entries()) {
    onMethod(name, index, names.length);
    timings.push(await benchExplain(classifier, name, settings[name] ?? {}, options));
  }
  return timings;
}

function methodsAsked(method: string | undefined): string[] {
  if (method === undefined) return Object.keys(paperSeconds);
  // The networks that are timed have no attention.
  if (method === 'all')
    return Object.keys(methods).filter((name) => !methods[name]!.needs.includes('attention'));
  return [...new Set(method.split(',').map((name) => name.trim()))];
}
