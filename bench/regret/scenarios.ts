/** What a scenario changes of a run. */
export interface Scenario {
  /** Training images of each class. */
  perClass?: number;
  /** Share of them whose label is another one, drawn at random. */
  flipped?: number;
  /** The learning rate is multiplied by it. */
  rate?: number;
  kind?: 'constant' | 'cosine';
  crop?: 'random-resized' | 'center';
}

/** A constant learning rate but for the last: the rule never takes a change for a frozen one. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  normal: {},
  overfits: { perClass: 4, crop: 'center' },
  'flipped labels': { flipped: 0.2 },
  'high rate': { rate: 10 },
  cosine: { kind: 'cosine' },
};

/** A data set and the network that learns it. */
export interface Task {
  /** Folder of the data set, with train/ and val/. */
  folder: string;
  /** Null: a ResNet of four blocks, 16 channels wide, from scratch. */
  weights: 'resnet50' | null;
  perClass: number;
  valPerClass: number;
  epochs: number;
  batchSize: number;
  learningRate: number;
}

export const tasks: Readonly<Record<string, Task>> = {
  imagenette: { folder: 'imagenette', weights: null, perClass: 30, valPerClass: 15, epochs: 24, batchSize: 25, learningRate: 0.02 }, // prettier-ignore
  clothing: { folder: 'clothing', weights: 'resnet50', perClass: 12, valPerClass: 12, epochs: 12, batchSize: 20, learningRate: 0.003 }, // prettier-ignore
};

export const seeds = [0, 1, 2];

/** The runs in the order in which they are made: the data set that takes less time first, a seed of all of it before the next. */
export function plannedRuns(): { data: string; scenario: string; seed: number }[] {
  return Object.keys(tasks).flatMap((data) =>
    seeds.flatMap((seed) => Object.keys(scenarios).map((scenario) => ({ data, scenario, seed }))),
  );
}
