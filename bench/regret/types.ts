/** What a run gave after an epoch. */
export interface RegretEpoch {
  epoch: number;
  trainLoss: number;
  valLoss: number;
  /** Shares in [0, 1]. */
  valTop1: number;
  /** Change ÷ floor of the maps, and the two; null where one is unknown. */
  changeOverFloor: number | null;
  mapChange: number | null;
  mapFloor: number | null;
  mapZero: number;
  mapCost: number;
  /** Mean learning rate. */
  rate: number;
}

/** A run to its last epoch, no rule acting: a line of docs/results/regret/runs.jsonl. */
export interface RegretRun {
  data: string;
  scenario: string;
  seed: number;
  /** The mean learning rate of the epoch that has the highest. */
  peak: number;
  images: { train: number; val: number; maps: number };
  epochs: RegretEpoch[];
  /** In words, where the run ended in an error: its epochs are those before. */
  failed?: string;
  machine: string;
  seconds: number;
}
