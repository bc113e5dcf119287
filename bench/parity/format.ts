/** What goldens.json holds, as far as it is read here. Paths are relative to the folder. */
export interface Goldens {
  conventions: {
    preprocessing: string;
    metricStep?: number;
    metricBlur?: { taps: number; sigma: number };
    pointingTolerance?: string;
    /** Parameters of a segmentation, by its name. */
    [name: string]: unknown;
  };
  nets: Record<string, { model: string; targetLayer: string }>;
  images: GoldenImage[];
  cases: GoldenCase[];
  sanity?: GoldenSanity[];
  unit?: Record<string, unknown>;
  assets?: {
    rise?: { grids: string; offsets: string; masksFirst4?: string };
    smoothgrad?: { noise: string };
    unit?: Record<string, string>;
  };
}

export interface Segmentation {
  /** How the pixels became its input, in words. */
  input: string;
  scales: number[];
  sigma: number;
  minSize: number;
}

export interface GoldenImage {
  id: string;
  net: string;
  file: string;
  logits: number[];
  softmax: number[];
  activations?: string;
  blurred?: Record<string, string>;
  /** Label maps by name; what is no path describes them. */
  segments?: Record<string, unknown>;
  methods?: Record<string, GoldenMethod>;
}

export interface GoldenCase {
  image: string;
  net: string;
  classIndex: number;
  role: string;
  gradients?: string;
  gradWeights?: number[];
  methods?: Record<string, GoldenMethod>;
  metrics?: Record<string, GoldenMetrics>;
}

/** One method on one case: arrays by name, numbers by name, and every parameter. */
export interface GoldenMethod {
  raw?: string;
  norm?: string;
  params: Record<string, unknown>;
  [quantity: string]: unknown;
}

export type GoldenMetrics = Record<string, unknown>;

/** The likeness of two stored maps. */
export interface GoldenSanity {
  image: string;
  a: string;
  b: string;
  transform: string;
  [metric: string]: unknown;
}
