import type { Cost, Method, NetworkSize } from './method.js';
import { methods } from './methods/index.js';

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
