import {
  agreement,
  confidenceDrop,
  groupCamAblations,
  insertionDeletion,
  maxSensitivity,
  namedMethods,
  paperAblations,
  pointingGame,
  road,
  runningTime,
  sanityChecks,
  type EvaluationOptions,
  type InFill,
  type SanityOptions,
} from '../index.js';
import type { SanityMaps } from '../../report/index.js';
import type { Batch } from '../../data/index.js';
import { invalid } from '../../errors.js';
import { defaultBlur } from '../../explain/index.js';
import { cocoImages, folderImages, type EvaluationImages } from './images.js';
import type { OpenedClassifier } from '../../models/index.js';
import { accuracyOnFolder } from './accuracy.js';
import { areaCurves, removalCurves, sanityPicture } from './figures.js';
import type { Request, Result, Watch } from './types.js';

type Run = (opened: OpenedClassifier, request: Request, folder: string, watch: Watch) => Promise<Result>;

/** Every metric by its name on the command line. */
export const metrics: Readonly<Record<string, { about: string; run: Run }>> = {
  'insertion-deletion': {
    about: 'how fast the probability rises and falls with the most salient pixels',
    run: onFolder('insertion-deletion', async (options, { fill, step, target }) => {
      const report = await insertionDeletion({ ...options, target, ...fills(fill), pixelsPerStep: step });
      return { report, figures: areaCurves(report.curves) };
    }),
  },
  'pointing-game': {
    about: 'whether the most salient pixel is on the object (COCO folder); energy and overlap with the boxes',
    run: async (opened, request, folder, watch) => {
      const images = await cocoImages(request.data, opened, request);
      const classes = new Map(opened.classNames?.map((name, index) => [plain(name), index]));
      const classOf = (category: string) => classes.get(plain(category));
      const { target, tolerance } = request;
      if (target === 'label') throw invalid('--target', 'predicted, or nothing for the categories', target);
      return evaluate('pointing-game', opened, request, folder, watch, images, async (options) => {
        const how = target === 'predicted' ? target : classOf;
        return {
          report: await pointingGame({ ...options, boxes: images.boxes, classOf: how, tolerance }),
          figures: [],
        };
      });
    },
  },
  sanity: {
    about: 'whether maps change when layers are randomized',
    run: onFolder(
      'sanity',
      async (options, { stops, target }, images) => {
        const states: SanityMaps[] = [];
        let first: string | undefined;
        const onMaps: SanityOptions['onMaps'] = (files, state, maps) => {
          first ??= files[0];
          const index = files.indexOf(first!);
          if (index < 0) return;
          const own = Object.entries(maps).map(([name, list]) => [name, list[index]!] as const);
          states.push({ file: first!, state, maps: Object.fromEntries(own) });
        };
        const report = await sanityChecks({ ...options, target, stops, onMaps });
        if (states.length === 0) {
          // All had been measured before: the picture's image is looked at anew.
          const again = { ...options, folder: undefined, files: undefined, batches: firstImage(images) };
          await sanityChecks({ ...again, target, stops, onMaps });
        }
        return { report, figures: await sanityPicture(images, states) };
      },
      'signed',
    ),
  },
  road: {
    about: 'removal of the most and of the least relevant pixels with noisy linear imputation',
    run: onFolder('road', async (options, { target }) => {
      const report = await road({ ...options, target });
      return { report, figures: removalCurves(report.curves) };
    }),
  },
  'confidence-drop': {
    about: 'average drop and increase of the probability when only what the map shows is kept',
    run: onFolder('confidence-drop', async (options, { target }) => ({
      report: await confidenceDrop({ ...options, target }),
      figures: [],
    })),
  },
  'max-sensitivity': {
    about: 'how much a map changes with a little noise on the image',
    run: onFolder('max-sensitivity', async (options, { target }) => ({
      report: await maxSensitivity({ ...options, target }),
      figures: [],
    })),
  },
  'running-time': {
    about: 'milliseconds an image',
    run: onFolder('running-time', async (options, _request, _images, { device }) => ({
      report: await runningTime({ ...options, folder: undefined, device }),
      figures: [],
    })),
  },
  agreement: {
    about: 'how much the maps of two methods have in common, for each pair of them',
    run: onFolder('agreement', async (options, { target }) => ({
      report: await agreement({ ...options, target }),
      figures: [],
    })),
  },
  accuracy: {
    about:
      'how often the network is right: top-1, top-5, loss, confusion, classes, calibration, worst images',
    run: accuracyOnFolder,
  },
  ablations: {
    about: "insertion and deletion of Group-CAM with other numbers of groups and thresholds (the paper's)",
    run: (opened, request, folder, watch) =>
      onFolder('ablations', async (options, { fill, step, target }) => {
        const methods = groupCamAblations(opened, paperAblations);
        const report = await insertionDeletion({
          ...options,
          methods,
          target,
          ...fills(fill),
          pixelsPerStep: step,
        });
        return { report: { ...report, curves: undefined }, figures: [] };
      })(opened, { ...request, methods: [] }, folder, watch),
  },
};

/** The first image that can be read. */
async function* firstImage(images: EvaluationImages): AsyncGenerator<Batch> {
  for await (const { files } of images.batches()) {
    yield* images.batches((file) => file !== files[0]);
    return;
  }
}

type Measure = (
  options: EvaluationOptions,
  request: Request,
  images: EvaluationImages,
  opened: OpenedClassifier,
) => Promise<Result>;

/** A metric on a folder of images, with classes where labels are explained. */
function onFolder(metric: string, measure: Measure, form: 'map' | 'signed' = 'map'): Run {
  return async (opened, request, folder, watch) => {
    const { classNames } = opened;
    const wantsLabels = request.target === 'label';
    if (wantsLabels && !classNames)
      throw invalid('--target', 'predicted: the weights do not name classes', 'label');
    const images = await folderImages(request.data, opened, request, wantsLabels ? classNames : undefined);
    return evaluate(metric, opened, request, folder, watch, images, measure, form);
  };
}

async function evaluate(
  metric: string,
  opened: OpenedClassifier,
  { methods: names, settings, ...rest }: Request,
  folder: string,
  watch: Watch,
  images: EvaluationImages,
  measure: Measure,
  form: 'map' | 'signed' = 'map',
): Promise<Result> {
  const { preprocessing, prepare, weights } = opened;
  const { methods, dispose } = namedMethods(opened, names, settings, form);
  watch.start(metric, images.count);
  try {
    const options: EvaluationOptions = {
      classifier: opened,
      preprocessing,
      prepare,
      methods,
      batches: images.batches,
      files: images.files,
      ...(rest.share && { share: rest.share }),
      seed: rest.seed,
      reference: rest.reference,
      folder,
      about: { weights, data: images.about, settings },
      onProgress: watch.progress,
    };
    return await measure(options, { methods: names, settings, ...rest }, images, opened);
  } finally {
    dispose();
    images.skipped().forEach((file) => watch.note(`left out: ${file}`));
  }
}

function fills(kind: InFill['kind']): { insertionFill: InFill } {
  return { insertionFill: kind === 'blur' ? { kind, ...defaultBlur } : { kind } };
}

/** Class names are compared without case, spaces and underscores. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}
