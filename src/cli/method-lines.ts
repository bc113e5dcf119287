import { commandLine } from '../process/command-line.js';
import type { ListedMethod } from '../explain/index.js';
import { columns } from './print.js';

/** The list as lines of columns, with what the columns mean. */
export function methodLines(list: readonly ListedMethod[]): string[] {
  const head = ['method', 'queries', 'gradients', 'heads', 'class', 'needs', 'reference'];
  const rows = list.map(({ method, cost, needs, classSpecific, reference }) => [
    method,
    String(cost.queries),
    String(cost.gradients),
    String(cost.heads),
    classSpecific ? 'yes' : 'no',
    needs.join(', ') || 'scores alone',
    reference,
  ]);
  return [
    ...columns([head, ...rows]),
    '',
    'Passes for one image with the defaults on ResNet-50 at 224 px: queries through the whole network, gradients',
    'through it and back, heads through the layers behind the target layer. class: whether the map depends on it.',
    `Options and their defaults: ${commandLine(['explain', '--list', '--json'])}; --set OPTION=VALUE changes one.`,
  ];
}
