import type { ExplainTiming } from '../timing/index.js';
import type { Precision, Runtime } from '../tensorflow/index.js';
import { methodSettings } from './method-settings.js';
import { columns, tell } from './print.js';

/** What somebody asks of `camtune bench explain`. */
export interface BenchExplainRequest {
  /** With commas between, or 'all'. */
  method?: string;
  set: string[];
  network: 'resnet50' | 'vgg19';
  batch?: number;
  size: number;
  precision: Precision;
  repeats: number;
}

/**
 * Times methods one after the other, by default those of the paper's Table 3.
 *
 * @param runtime what loadTensorflow() answered
 * @throws InvalidInput where there is no such method or option
 */
export async function timeMethods(
  { method, set, network, batch = 1, size, precision, repeats }: BenchExplainRequest,
  runtime: Runtime,
): Promise<ExplainTiming[]> {
  const { benchExplain, benchNetwork, paperSeconds } = await import('../timing/index.js');
  const { methodNamed, methodOptions, methods } = await import('../explain/index.js');
  const { usefulPrecision } = await import('../tensorflow/index.js');
  const names =
    method === undefined
      ? Object.keys(paperSeconds)
      : method === 'all'
        ? Object.keys(methods)
        : [...new Set(method.split(',').map((name) => name.trim()))];
  const settings = methodSettings(set);
  // Before the first of them takes its minutes.
  [...names, ...Object.keys(settings)].forEach(methodNamed);
  Object.entries(settings).forEach(([name, options]) => methodOptions(name, options));
  const computedIn = usefulPrecision(precision, runtime);
  const options = { batch, size, precision, computedIn, device: runtime.device, repeats };
  const classifier = benchNetwork(network, size);
  const timings: ExplainTiming[] = [];
  for (const [index, name] of names.entries()) {
    tell(`${index + 1}/${names.length} ${name}`);
    timings.push(await benchExplain(classifier, name, settings[name] ?? {}, options));
  }
  return timings;
}

/** One timing as it is; several by the name of the method, and what they have in common. */
export function methodsDocument(timings: readonly ExplainTiming[], network: string): object {
  const [first] = timings as [ExplainTiming];
  if (timings.length === 1) return { network, ...first };
  const { backend, device, batch, size, precision, computedIn } = first;
  return {
    what: 'explain',
    network,
    ...{ backend, device, batch, size, precision, computedIn },
    methods: Object.fromEntries(timings.map((timing) => [timing.method, timing])),
  };
}

/** The paper's Table 3 with the times of this machine. */
export async function methodsTable(timings: readonly ExplainTiming[], network: string): Promise<string[]> {
  const { paperSeconds } = await import('../timing/index.js');
  const head = [
    'method',
    'ms an image',
    'images/s',
    'queries',
    'gradients',
    'peak MB',
    'paper, ms on a 2080 Ti',
  ];
  const rows = timings.map((timing) => {
    const paper = network === 'resnet50' ? paperSeconds[timing.method] : undefined;
    return [
      timing.method,
      timing.msPerImage.toFixed(1),
      timing.imagesPerSecond.toFixed(2),
      String(timing.queries),
      String(timing.gradients),
      timing.peakMemoryMB.toFixed(0),
      paper === undefined ? '' : (1000 * paper).toFixed(0),
    ];
  });
  const { batch, size, precision, computedIn, backend, device } = timings[0]!;
  const computed = computedIn && computedIn !== precision ? ` (computed in ${computedIn}: faster here)` : '';
  return [
    `${network}, batch ${batch}, ${size} px, ${precision}${computed}, ${backend} on ${device}`,
    ...columns([head, ...rows]),
  ];
}
