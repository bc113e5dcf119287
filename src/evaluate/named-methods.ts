import * as tf from '@tensorflow/tfjs-core';
import {
  compiledClassifier,
  explain,
  methodNamed,
  methodOptions,
  type MethodOptions,
} from '../explain/index.js';
import type { Classifier } from '../models/index.js';
import type { SaliencyMethod } from './types.js';

/** Methods that are ready to be evaluated; `dispose` frees their graphs, not the model. */
export interface NamedMethods {
  methods: SaliencyMethod[];
  dispose(): void;
}

/** What each name stands for beside its defaults, by the name that the method was asked for with. */
export type Settings = Readonly<Record<string, MethodOptions>>;

/**
 * The methods of camtune as an evaluation sees them.
 *
 * @param names as in `methods` of explain; with a label behind a colon the same method may stand there several times,
 *   each with settings of its own: group-cam, group-cam:fewer
 * @param settings options of some of them
 * @param form 'map': in [0, 1]. 'signed': where a method attributes signed values to pixels, their sum over the
 *   channels (for sanity checks, where signs may count); the map of all others
 * @throws InvalidInput when there is no such method or option
 */
export function namedMethods(
  classifier: Classifier,
  names: readonly string[],
  settings: Settings = {},
  form: 'map' | 'signed' = 'map',
): NamedMethods {
  for (const name of new Set([...names, ...Object.keys(settings)])) {
    methodNamed(methodOf(name));
    methodOptions(methodOf(name), settings[name] ?? {});
  }
  const network = compiledClassifier(classifier);
  const methods = names.map((name): SaliencyMethod => ({
    name,
    run: (images, target) =>
      tf.tidy(() => {
        const { map, details } = explain(methodOf(name), network, images, { ...settings[name], target });
        const attribution = form === 'signed' ? details['attribution'] : undefined;
        return attribution ? tf.sum<tf.Tensor3D>(attribution, 3) : map;
      }),
  }));
  return { methods, dispose: () => network.dispose() };
}

/** The method's own name, without a label. */
function methodOf(name: string): string {
  return name.split(':')[0]!;
}
