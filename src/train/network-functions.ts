import { probeStageOptions } from '../augment/index.js';
import type { CropSpec } from '../data/index.js';
import type { RunFunctions } from './loop/index.js';
import type { Prepared } from './prepared.js';
import { mapLooks, mapWatch, mapWatchFolder, readProbe, snapshotter } from './run/index.js';
import { training, validator, weightAverage } from './step/index.js';

/**
 * What a run computes with its network: steps, validation and, in the process that leads, snapshots and maps.
 *
 * @param view how validation images are seen
 * @returns also what frees all of it
 * @throws Failure when none of the images for the maps can be read
 */
export async function networkFunctions(
  prepared: Prepared,
  view: CropSpec,
): Promise<{ functions: RunFunctions; dispose: () => void }> {
  const { recipe, data, network, parameters, precision, stage, group, options } = prepared;
  const { preprocessing, classifier, layout, model } = network;
  const leads = !group || group.rank === 0;
  const probe = recipe.log.saliency && leads ? await readProbe(data.val, view, recipe.log.probe) : undefined;
  const looks = mapLooks(recipe, {
    images: { train: data.train.files.length, val: data.val.files.length },
    allLearn: parameters.allLearn,
  });
  const { seed } = recipe.log.probe;
  const watched =
    looks && leads ? await readProbe(data.val, view, { images: looks.images, seed }) : undefined;
  const step = trainingOf(prepared);
  const { ema } = recipe.model;
  const average = ema === null ? undefined : weightAverage(parameters.changing, ema);
  const snapshots =
    probe && snapshotter(classifier, probe, { preprocessing, options: probeStageOptions(stage), precision });
  const watch =
    watched &&
    mapWatch(classifier, watched, {
      preprocessing,
      precision,
      folder: mapWatchFolder(options.runFolder),
      batchSize: recipe.data.batchSize,
    });
  const measure = validator(classifier, preprocessing, precision);
  const information = { preprocessing, classNames: data.train.classNames, ...(layout && { layout }) };
  const content = { model, information, slots: [...step.slots, ...(average?.slots ?? [])] };
  return {
    functions: { step, measure, average, snapshots, mapWatch: watch, mapLooks: looks, content },
    dispose: () => [step, measure, snapshots, watch, average].forEach((each) => each?.dispose()),
  };
}

function trainingOf({ recipe, data, network, parameters, classWeights, precision, stage, group }: Prepared) {
  return training(network.classifier, {
    preprocessing: network.preprocessing,
    parameters,
    optimizer: recipe.optimizer,
    labelSmoothing: recipe.optimizer.labelSmoothing,
    classWeights,
    distortions: recipe.data.augment,
    mixing: recipe.data.augment,
    stage: recipe.stage.enabled ? stage : null,
    consistency: recipe.stage.consistency,
    dropPath: recipe.model.dropPath,
    boxes: data.boxes,
    precision,
    accumulates: recipe.optimizer.accumulate > 1,
    ranks: group,
    wire: recipe.optimizer.wire,
    syncNorm: recipe.model.syncNorm,
  });
}
