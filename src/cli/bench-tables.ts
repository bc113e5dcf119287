import type { ExplainTiming, Timing } from '../timing/index.js';
import { columns } from './print.js';

/** What is common to timings, for people: 'ResNet-50, batch 16, 224 px, float32, tensorflow on cpu'. */
function setting(what: string, timing: Timing): string {
  const { batch, size, precision, computedIn, backend, device } = timing;
  const computed = computedIn && computedIn !== precision ? ` (computed in ${computedIn}: faster here)` : '';
  return `${what}, batch ${batch}, ${size} px, ${precision}${computed}, ${backend} on ${device}`;
}

/** Steps of the network, or decoding. */
export function stepsTable(timings: readonly Timing[]): string[] {
  const head = ['what', 'stage', 'ms an image', 'images/s', 'first call, ms', 'peak MB', 'times none'];
  const rows = timings.map((timing) => [
    timing.what,
    timing.stage ?? '',
    timing.msPerImage.toFixed(1),
    timing.imagesPerSecond.toFixed(1),
    timing.firstCallMs.toFixed(0),
    timing.peakMemoryMB.toFixed(0),
    timing.timesTheStepWithout?.toFixed(2) ?? '',
  ]);
  const [first] = timings as [Timing];
  return [setting(first.what === 'data' ? 'decoding' : 'ResNet-50', first), ...columns([head, ...rows])];
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

/**
 * The paper's Table 3 with the times of this machine.
 *
 * @param paperSeconds the paper's own times by method, of ResNet-50
 */
export function methodsTable(
  timings: readonly ExplainTiming[],
  network: string,
  paperSeconds: Readonly<Record<string, number>>,
): string[] {
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
  return [setting(network, timings[0]!), ...columns([head, ...rows])];
}
