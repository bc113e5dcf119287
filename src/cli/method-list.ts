import { methods, type Cost, type Method, type NetworkSize } from '../explain/index.js';
import { commandLine } from '../command-line.js';
import { columns } from './print.js';

/** What people should know of a method. */
export interface ListedMethod extends Pick<Method, 'needs' | 'classSpecific' | 'defaults' | 'reference'> {
  method: string;
  /** Passes for one image with the defaults, on ResNet-50 at 224 px. */
  cost: Cost;
}

const resnet50: NetworkSize = { image: [224, 224], positions: 49, channels: 2048 };

/** Every method, in the order of the table of methods. */
export function methodList(): ListedMethod[] {
  return Object.entries(methods).map(([method, { cost, needs, classSpecific, defaults, reference }]) => ({
    method,
    cost: cost(defaults, resnet50),
    needs,
    classSpecific,
    defaults,
    reference,
  }));
}

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
