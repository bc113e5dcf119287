import type { StageOptions } from './types.js';

/** What an arm sets in the `stage` section of a recipe; every other key stays as the recipe has it. */
export interface StageOverrides extends Partial<Pick<StageOptions, 'method' | 'blend' | 'threshold'>> {
  /** Whether images go through the stage at all. */
  enabled: boolean;
  /** exact, so that an arm is what its name says. */
  cost?: 'exact';
  /** Weight of the consistency term, 0 or more. */
  consistency?: number;
  /** Probability with which an image goes through the stage. */
  probability?: number;
}

/** One way of training in a comparison. */
export interface Arm {
  /** One line for people. */
  summary: string;
  stage: StageOverrides;
  /** Epochs at the end, after the schedule, to which the stage is confined. */
  finalEpochs?: number;
  /** Share of the training images whose boxes are used. */
  boxShare?: number;
  /** boxes: the recipe has to name a file of boxes (data.trainBoxes). */
  needs?: 'boxes';
}

/**
 * The ways of training that a comparison knows, by name. `plain` is the control without a stage; every other arm states
 * method, blend and consistency (mask-tune more than these), so that two arms differ in what their names say whatever the recipe has set.
 */
export const arms: Readonly<Record<string, Arm>> = {
  plain: { summary: 'no stage: plain fine-tuning', stage: { enabled: false } },
  'group-cam': arm('the paper: gradient-free Group-CAM, its outside blurred', 'group-cam'),
  lafam: arm('mean activation (LaFAM), its outside blurred', 'lafam'),
  'eigen-cam': arm(
    'first principal component of the activations (Eigen-CAM), its outside blurred',
    'eigen-cam',
  ),
  cam: arm("the label's CAM, its outside blurred", 'cam'),
  'recipro-cam': arm("the label's Recipro-CAM, its outside blurred", 'recipro-cam'),
  'random-mask': arm("control: a random mask as large as the image's LaFAM mask", 'random'),
  'center-mask': arm('control: the same centered mask for every image', 'center'),
  'blur-all': arm('control: the whole image blurred', 'none'),
  boxes: { ...arm('control: outside of the annotated boxes blurred', 'boxes'), needs: 'boxes' },
  'inverse-mask': arm('control: what LaFAM finds salient blurred', 'lafam', 'inverse'),
  'soft-mask': arm('LaFAM without a threshold: the less salient the more blurred', 'lafam', 'soft'),
  'background-swap': arm('outside of the LaFAM mask another image of the batch', 'lafam', 'background'),
  'eigen-swap': arm(
    'outside of the Eigen-CAM mask another image of the batch, blurred',
    'eigen-cam',
    'background-blur',
  ),
  'lafam-swap': arm(
    'outside of the LaFAM mask another image of the batch, blurred',
    'lafam',
    'background-blur',
  ),
  'permuted-swap': arm(
    "control: outside of another image's Eigen-CAM mask another image of the batch, blurred",
    'eigen-permuted',
    'background-blur',
  ),
  'shifted-swap': arm(
    'control: outside of the Eigen-CAM mask, moved to a random place, another image of the batch, blurred',
    'eigen-shifted',
    'background-blur',
  ),
  'random-swap': arm(
    'control: outside of a random mask another image of the batch, blurred',
    'random',
    'background-blur',
  ),
  'boxes-swap': {
    ...arm('control: outside of the boxes another image of the batch, blurred', 'boxes', 'background-blur'),
    needs: 'boxes',
  },
  'boxes-swap-tenth': {
    ...arm('the same with boxes for 10 % of the training images', 'boxes', 'background-blur'),
    boxShare: 0.1,
    needs: 'boxes',
  },
  'saliency-mix': arm("another image's most salient part pasted, labels mixed", 'lafam', 'saliency-mix'),
  'cut-mix': arm('a random part of another image pasted, labels mixed', 'none', 'cut-mix'),
  'keep-augment': arm('a random square erased that avoids what is salient', 'lafam', 'keep-augment'),
  consistency: arm('clean image for the label, LaFAM-masked image to agree with it', 'lafam', 'blur', 1),
  'swap-consistency': arm(
    'clean image for the label, the image of eigen-swap to agree with it',
    'eigen-cam',
    'background-blur',
    1,
  ),
  'mask-tune': {
    summary: "a last epoch with the most salient pixels of the label's CAM hidden (MaskTune)",
    stage: {
      enabled: true,
      cost: 'exact',
      method: 'cam',
      blend: 'hide',
      consistency: 0,
      threshold: { deviations: 2 },
      probability: 1,
    },
    finalEpochs: 1,
  },
};

function arm(
  summary: string,
  method: StageOptions['method'],
  blend: StageOptions['blend'] = 'blur',
  consistency = 0,
): Arm {
  return { summary, stage: { enabled: true, cost: 'exact', method, blend, consistency } };
}
