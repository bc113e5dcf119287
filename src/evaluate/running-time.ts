import { invalid } from '../errors.js';
import type { EvaluationOptions, Figures, Protocol, Report } from './types.js';
import { commonProtocol, eachImage, hostMaps } from './each-image.js';
import { withControls } from './controls.js';
import { meanEstimate } from '../metrics/index.js';

export interface RunningTimeOptions extends EvaluationOptions {
  /** Where it runs, for the protocol: 'CPU, 2 cores'. */
  device?: string;
}

/**
 * How long each method takes for an image, maps on the host included (the paper's Table 3). The first batch is run
 * twice and its first time thrown away: it traces graphs and fills caches. Nothing is kept on disk, for a time is no
 * property of an image.
 *
 * @returns `milliseconds` an image, for each method
 */
export async function runningTime(
  options: RunningTimeOptions,
): Promise<Report<Record<'milliseconds', Figures[string]>>> {
  const { methods, seed = 0, device } = options;
  if (options.folder !== undefined)
    throw invalid('folder', 'none (running times are not resumed)', options.folder);
  const protocol: Protocol = {
    metric: 'running-time',
    unit: 'milliseconds an image, map on the host included, batch by batch after a warm-up',
    ...(device !== undefined && { device }),
    ...commonProtocol(options),
  };
  const warm = new Set<number>();
  const results = await eachImage<number>(options, protocol, 'predicted', async (subjects) => {
    const count = subjects.files.length;
    const times: Record<string, number> = {};
    for (const method of withControls(methods, seed)) {
      // Another number of images is another graph.
      if (!warm.has(count)) await hostMaps(method, subjects);
      const start = performance.now();
      await hostMaps(method, subjects);
      times[method.name] = (performance.now() - start) / count;
    }
    warm.add(count);
    return subjects.files.map(() => times);
  });
  const names = Object.keys(results[0]!.methods);
  return {
    protocol,
    images: results.length,
    methods: Object.fromEntries(
      names.map((name) => [
        name,
        {
          milliseconds: meanEstimate(
            results.map((result) => result.methods[name]!),
            { seed },
          ),
        },
      ]),
    ),
  };
}
