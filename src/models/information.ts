import type { io } from '@tensorflow/tfjs-core';
import { Failure, show } from '../errors.js';
import { checkPreprocessing } from './preprocessing.js';
import type { ModelInformation } from './save-model.js';

/**
 * What camtune wrote beside a model's weights, checked.
 *
 * @param path of the model.json, for messages
 * @throws Failure where a value is not what camtune writes
 */
export function readInformation({ userDefinedMetadata }: io.ModelArtifacts, path: string): ModelInformation {
  const given: unknown = (userDefinedMetadata as Record<string, unknown> | undefined)?.['camtune'];
  if (given === undefined) return {};
  const malformed = (key: string, expected: string, found: unknown) =>
    new Failure(`${path}: userDefinedMetadata.camtune${key}: expected ${expected}, found ${show(found)}`);
  if (typeof given !== 'object' || given === null) throw malformed('', 'an object', given);
  const { preprocessing, classNames, layout } = given as Record<string, unknown>;
  if (preprocessing !== undefined) checkPreprocessing(preprocessing, `${path}: preprocessing`);
  if (classNames !== undefined && !isNames(classNames)) {
    throw malformed('.classNames', 'a list of names', classNames);
  }
  if (layout !== undefined && layout !== 'stride-in-3x3' && layout !== 'stride-in-1x1') {
    throw malformed('.layout', "'stride-in-3x3' or 'stride-in-1x1'", layout);
  }
  return {
    ...(preprocessing !== undefined && { preprocessing }),
    ...(classNames !== undefined && { classNames }),
    ...(layout !== undefined && { layout }),
  };
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
