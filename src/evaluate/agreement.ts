import type { EvaluationOptions, Figures, Protocol, Report } from './types.js';
import { withControls } from './controls.js';
import { commonProtocol, eachImage, hostMaps, type TargetOf } from './each-image.js';
import { aboveMean, averageRanks, maskIoU, mean, quantile, rankCorrelation } from '../metrics/index.js';
import { summarize } from './summary.js';

export interface AgreementOptions extends Omit<EvaluationOptions, 'reference'> {
  /** Default: the class that the network predicts. */
  target?: TargetOf;
}

/** What a map of one image has in common with those of every other method; null where both masks or one map is constant. */
interface Common {
  maskIoU: Record<string, number | null>;
  spearman: Record<string, number | null>;
}

/**
 * `maskIoU`: intersection over union of the masks above the maps' own means, its mean over the images; `maskIoU10` its
 * 10th percentile: one image in ten has less in common; `spearman`: rank correlation of the maps. Each by the name of
 * the other method.
 */
export type AgreementFigures = Record<'maskIoU' | 'maskIoU10' | 'spearman', Figures>;

/**
 * How nearly two methods say the same: what their maps of the same image have in common, for each pair of methods.
 * Controls say what chance gives.
 */
export async function agreement(options: AgreementOptions): Promise<Report<AgreementFigures>> {
  const { methods, target = 'predicted', seed = 0 } = options;
  const all = withControls(methods, seed);
  const protocol: Protocol = {
    metric: 'agreement',
    target,
    mask: 'pixels above the mean of their map',
    ...commonProtocol(options),
  };
  const results = await eachImage<Common>(options, protocol, target, async (subjects) => {
    const seen: Record<string, { mask: Uint8Array; ranks: Float64Array }[]> = {};
    for (const method of all) {
      const maps = await hostMaps(method, subjects);
      seen[method.name] = maps.map((map) => ({ mask: aboveMean(map), ranks: averageRanks(map) }));
    }
    return subjects.files.map((_, image) =>
      Object.fromEntries(
        Object.entries(seen).map(([name, own]) => [name, common(name, own[image]!, seen, image)]),
      ),
    );
  });
  const names = all.map(({ name }) => name);
  const by = (figure: keyof Common, statistic: (values: number[]) => number) =>
    summarize(
      results,
      Object.fromEntries(
        names.map((other) => [
          other,
          (drawn: readonly Common[]) =>
            statistic(
              drawn.map((one) => one[figure][other]).filter((value): value is number => value != null),
            ),
        ]),
      ),
      { seed },
    ).methods;
  const [iou, low, ranks] = [by('maskIoU', mean), by('maskIoU', tenth), by('spearman', mean)];
  return {
    protocol,
    images: results.length,
    methods: Object.fromEntries(
      names.map((name) => [name, { maskIoU: iou[name]!, maskIoU10: low[name]!, spearman: ranks[name]! }]),
    ),
  };
}

function common(
  name: string,
  own: { mask: Uint8Array; ranks: Float64Array },
  seen: Record<string, { mask: Uint8Array; ranks: Float64Array }[]>,
  image: number,
): Common {
  const others = Object.entries(seen).filter(([other]) => other !== name);
  return {
    maskIoU: Object.fromEntries(others.map(([other, maps]) => [other, maskIoU(own.mask, maps[image]!.mask)])),
    spearman: Object.fromEntries(
      others.map(([other, maps]) => [other, rankCorrelation(own.ranks, maps[image]!.ranks)]),
    ),
  };
}

function tenth(values: number[]): number {
  return values.length === 0 ? NaN : quantile(Float64Array.from(values).sort(), 0.1);
}
