/** What the page of one run or several shows: everything but the pictures, which it names. */
export interface ReportDocument {
  /** Maps of another program have no curves, no verdicts and no recipe. */
  of: 'runs' | 'maps';
  runs: RunDocument[];
}

/** One run. */
export interface RunDocument {
  name: string;
  /** How far it is, in words. */
  state: string;
  /** Its newest figures. */
  cards: [name: string, value: string][];
  charts: ChartDocument[];
  epochs: { head: string[]; rows: string[][]; best: number | null };
  probes: ProbeDocument[];
  /** Keys of the recipe with their values as JSON; empty where the run has no recipe. */
  settings: Record<string, string>;
  /** The recipe as it stands in the run. */
  recipe: string | null;
}

/** A chart. Several runs have those of the same title in one. */
export interface ChartDocument {
  section: string;
  title: string;
  /** Values that the axis shows in any case. */
  range?: readonly [low: number, high: number];
  series: SeriesDocument[];
  note?: string;
}

export interface SeriesDocument {
  name: string;
  /** Fine and pale: the steps behind the epochs. */
  faint?: boolean;
  points: (readonly [x: number, y: number])[];
}

export type Verdict = 'right' | 'wrong' | 'unknown';

/** An image of the probe set. */
export interface ProbeDocument {
  name: string;
  file: string;
  label: string;
  /** What the network said at the newest snapshot. */
  verdict: Verdict;
  /** Whether the newest map is the same everywhere: nothing is salient. */
  constant: boolean;
  /** Mean of 1 − Spearman from one snapshot to the next; null where no two maps can be compared. */
  moved: number | null;
  /** Picture of the image itself; null where there is none. */
  image: string | null;
  frames: FrameDocument[];
}

/** An image at a snapshot; its pictures by kind: overlay, mask, blended; map where it lies over no image. */
export interface FrameDocument {
  epoch: number;
  pictures: Record<string, string>;
  text: string;
}
