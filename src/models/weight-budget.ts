import { layers } from '@tensorflow/tfjs-layers';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Failure } from '../errors.js';
import { elementCount } from './manifest.js';

/** How much a model may allocate while it is built. */
interface Budget {
  /** Values of all weights together. */
  elements: number;
  weights: number;
  file: string;
}

/** What a file that lacks something may lack and still be told so name by name: more than a whole ResNet-50. */
const slack = { elements: 2 ** 25, weights: 1000 };

const budgets = new AsyncLocalStorage<Budget>();

/**
 * Builds a model for a file's weights, and stops it before it allocates far more of them than the file holds:
 * a width or a number of classes of a thousand million is a few bytes in a file.
 *
 * @param stored shapes of the weights that the file holds
 * @param file for messages
 * @throws Failure
 */
export function withinBudget<Result>(
  stored: readonly (readonly number[])[],
  file: string,
  build: () => Result,
): Result {
  const held = stored.reduce((sum, shape) => sum + elementCount(shape), 0);
  watchWeights();
  return budgets.run(
    { elements: 2 * held + slack.elements, weights: 2 * stored.length + slack.weights, file },
    build,
  );
}

type AddWeight = (this: layers.Layer, name: string, shape: number[], ...rest: unknown[]) => unknown;

let watched = false;

// tfjs-layers allocates inside a layer's build() and asks nobody before; this is the one function that all call.
function watchWeights(): void {
  if (watched) return;
  watched = true;
  const prototype = layers.Layer.prototype as unknown as { addWeight: AddWeight };
  const { addWeight } = prototype;
  prototype.addWeight = function (name, shape, ...rest) {
    const budget = budgets.getStore();
    if (budget) {
      budget.elements -= elementCount(shape);
      budget.weights--;
      if (!(budget.elements >= 0) || budget.weights < 0) {
        const what = `'${this.name}/${name}' [${shape.join(', ')}]`;
        throw new Failure(
          `${budget.file}: the network that it describes has far more weights than the file holds, with ${what}`,
        );
      }
    }
    return addWeight.call(this, name, shape, ...rest);
  };
}
