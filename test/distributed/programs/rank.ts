import * as tf from '@tensorflow/tfjs-core';
import { type Group, joinGroup, type Patience, type Place } from '../../../src/distributed/index.js';

/** Joins the group that the test has described. */
export async function joinThis(): Promise<Group> {
  const { place, patience, gpu } = JSON.parse(process.argv[2]!) as {
    place: Place;
    patience: Patience;
    gpu: boolean;
  };
  const group = await joinGroup(place, patience, gpu);
  await tf.setBackend('tensorflow');
  return group;
}

/** Tells the test something: a line of JSON. */
export function tell(value: unknown): void {
  console.log(JSON.stringify(value));
}
