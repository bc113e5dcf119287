import type { Share } from '../../data/index.js';
import type { InFill, Protocol, Report, Settings } from '../index.js';

/** A file of a report, a picture or a table. */
export interface Figure {
  /** File name: .svg, .png, .csv or .html. */
  name: string;
  content: string | Uint8Array;
}

/** What somebody asks to be evaluated. */
export interface Request {
  data: string;
  methods: string[];
  settings: Settings;
  limit?: number;
  batch: number;
  seed: number;
  target?: 'predicted' | 'label';
  fill: InFill['kind'];
  step?: number;
  tolerance: number;
  stops: number;
  /** accuracy: bins of the calibration error; no part of the protocol. */
  bins?: number;
  /** The part of this process, where several measure; no part of the protocol. */
  share?: Share;
  /** Method that the others are compared with; no part of the protocol. */
  reference?: string;
}

/** A report of any metric, and the files that go with it. */
export interface Result {
  report: Omit<Report<object>, 'protocol'> & { protocol: Protocol; curves?: object };
  figures: Figure[];
  /** For people, below the table. */
  lines?: string[];
}

/** What a run tells while it goes on. */
export interface Watch {
  /** @param total images to be evaluated */
  start(metric: string, total: number): void;
  progress(images: number): void;
  note(line: string): void;
}
