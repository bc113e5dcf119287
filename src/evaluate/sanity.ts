import type { EvaluationOptions, Figures, Protocol, Report } from './types.js';
import { withControls } from './controls.js';
import { commonProtocol, eachImage, hostMaps, type ExplainedBatch, type TargetOf } from './each-image.js';
import type { ImageResult } from './image-results.js';
import { mapSimilarity, meanEstimate, type MapSimilarity } from '../metrics/index.js';
import { keepWeights, randomizeLayer, weightedLayers } from './randomize.js';
import { invalid, phrase } from '../errors.js';

/** 'cascading': from the output down to a layer, all are randomized; 'independent': one layer alone. */
export type Randomization = 'cascading' | 'independent';

export interface SanityOptions extends EvaluationOptions {
  /** Default: the class that the network predicts while it is whole. */
  target?: TargetOf;
  /** Default: both. */
  randomizations?: readonly Randomization[];
  /** At how many layers, evenly spaced from the output to the input, maps are compared. Default 8; Infinity for all. */
  stops?: number;
  /**
   * Receives the maps of each batch, for a picture: those of the whole network (`layer` undefined) and of each
   * randomized one, by method; one map an image.
   */
  onMaps?: (
    files: readonly string[],
    state: SanityState,
    maps: Readonly<Record<string, Float32Array[]>>,
  ) => void;
}

/** Which network gave some maps. */
export interface SanityState {
  randomization: Randomization | 'none';
  /** The last layer that was randomized. */
  layer?: string;
}

/** For each randomization, and each layer at which maps were compared: how alike they still are. */
export type SanityFigures = Partial<
  Record<Randomization, Record<string, Record<keyof MapSimilarity, Figures[string]>>>
>;

/** One image, one method. */
type Similarities = Partial<Record<Randomization, Record<string, MapSimilarity>>>;

/**
 * Sanity checks: the maps of the network compared with those of networks whose layers were randomized. A method that
 * explains the network gives other maps; one that merely finds edges does not. The class that is explained stays. The
 * model has its own weights again when this returns or throws, and after every batch.
 *
 * @throws InvalidInput where the model has no weights or `stops` is below 1
 * @see Adebayo et al. (2018), "Sanity Checks for Saliency Maps"
 */
export async function sanityChecks(options: SanityOptions): Promise<Report<SanityFigures>> {
  const { classifier, methods, target = 'predicted', stops = 8, seed = 0 } = options;
  const { randomizations = ['cascading', 'independent'], onMaps } = options;
  const all = weightedLayers(classifier.model);
  if (all.length === 0) throw invalid('model', 'layers with weights', phrase('none'));
  if (!(stops >= 1)) throw invalid('stops', 'a number of layers, 1 or more', stops);
  const compared = evenly(all, stops);
  const protocol: Protocol = {
    metric: 'sanity',
    target,
    randomizations,
    randomized: 'the values of each weight tensor change places at random',
    layers: compared.map(({ name }) => name),
    ssim: 'Gaussian window, sigma 1.5; ssimUniform: 7 × 7, sample covariance',
    hog: "Spearman's correlation of 9 orientations, cells of 8 × 8, blocks of 3 × 3",
    ...commonProtocol(options),
  };
  const checked = withControls(methods, seed);

  const results = await eachImage<Similarities>(options, protocol, target, async (subjects) => {
    const width = subjects.images.shape[2];
    const measured = subjects.files.map((): Record<string, Similarities> => ({}));
    const originals = await mapsOf(checked, subjects);
    onMaps?.(subjects.files, { randomization: 'none' }, originals);
    const compare = async (randomization: Randomization, layer: string): Promise<void> => {
      // Random maps are others each time: their likeness is that of maps that have nothing in common.
      const files = subjects.files.map((file) => `${file}#${randomization}#${layer}`);
      const changed = await mapsOf(checked, { ...subjects, files });
      onMaps?.(subjects.files, { randomization, layer }, changed);
      for (const { name } of checked) {
        measured.forEach((row, image) => {
          const similarity = mapSimilarity(originals[name]![image]!, changed[name]![image]!, width);
          ((row[name] ??= {})[randomization] ??= {})[layer] = similarity;
        });
      }
    };
    const kept = keepWeights(all);
    try {
      if (randomizations.includes('cascading')) {
        for (const layer of all) {
          randomizeLayer(layer, seed);
          if (compared.includes(layer)) await compare('cascading', layer.name);
        }
        kept.restore();
      }
      if (randomizations.includes('independent')) {
        for (const layer of compared) {
          const own = keepWeights([layer]);
          randomizeLayer(layer, seed);
          await compare('independent', layer.name);
          own.restore();
        }
      }
    } finally {
      kept.restore();
    }
    return measured;
  });
  return { protocol, images: results.length, methods: summary(results, seed) };
}

/** `count` of a list, the first and the last among them. */
function evenly<T>(list: readonly T[], count: number): T[] {
  if (count >= list.length) return [...list];
  const step = count > 1 ? (list.length - 1) / (count - 1) : 0;
  return Array.from({ length: Math.floor(count) }, (_, index) => list[Math.round(index * step)]!);
}

async function mapsOf(
  methods: ReturnType<typeof withControls>,
  subjects: ExplainedBatch,
): Promise<Record<string, Float32Array[]>> {
  const maps: Record<string, Float32Array[]> = {};
  for (const method of methods) maps[method.name] = await hostMaps(method, subjects);
  return maps;
}

function summary(results: readonly ImageResult<Similarities>[], seed: number): Record<string, SanityFigures> {
  const [first] = results;
  const figures = (values: MapSimilarity[]) =>
    Object.fromEntries(
      Object.keys(values[0]!).map((figure) => {
        const defined = values
          .map((value) => value[figure as keyof MapSimilarity])
          .filter((value) => value !== null);
        const estimate = meanEstimate(defined, { seed });
        // A map that is constant has no correlation: the mean says over how many images it is.
        const some = estimate && defined.length < values.length;
        return [figure, some ? { ...estimate, n: defined.length } : estimate];
      }),
    );
  return Object.fromEntries(
    Object.entries(first!.methods).map(([method, similarities]) => [
      method,
      Object.fromEntries(
        Object.entries(similarities).map(([randomization, layers]) => [
          randomization,
          Object.fromEntries(
            Object.keys(layers).map((layer) => [
              layer,
              figures(
                results.map((result) => result.methods[method]![randomization as Randomization]![layer]!),
              ),
            ]),
          ),
        ]),
      ),
    ]),
  );
}
