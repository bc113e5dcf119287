import type { StageOptions } from './types.js';

/** What an arm sets in the `stage` section of a recipe; every other key stays as the recipe has it. */
export interface StageOverrides extends Partial<Pick<StageOptions, 'method' | 'blend'>> {
  /** Whether images go through the stage at all. */
  enabled: boolean;
  /** exact, so that an arm is what its name says. */
  cost?: 'exact';
  /** Weight of the consistency term, 0 or more. */
  consistency?: number;
}

/** One way of training in a comparison. */
export interface Arm {
  /** One line for people. */
  summary: string;
  stage: StageOverrides;
  /** boxes: the recipe has to name a file of boxes (data.trainBoxes). */
  needs?: 'boxes';
}

/**
 * The ways of training that a comparison knows, by name. `plain` is the control without a stage; every other arm states
 * method, blend and consistency, so that two arms differ in what their names say whatever the recipe has set.
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
  'random-swap': arm(
    'control: outside of a random mask another image of the batch, blurred',
    'random',
    'background-blur',
  ),
  'boxes-swap': {
    ...arm('control: outside of the boxes another image of the batch, blurred', 'boxes', 'background-blur'),
    needs: 'boxes',
  },
  'saliency-mix': arm("another image's most salient part pasted, labels mixed", 'lafam', 'saliency-mix'),
  'cut-mix': arm('a random part of another image pasted, labels mixed', 'none', 'cut-mix'),
  'keep-augment': arm('a random square erased that avoids what is salient', 'lafam', 'keep-augment'),
  consistency: arm('clean image for the label, LaFAM-masked image to agree with it', 'lafam', 'blur', 1),
};

function arm(
  summary: string,
  method: StageOptions['method'],
  blend: StageOptions['blend'] = 'blur',
  consistency = 0,
): Arm {
  return { summary, stage: { enabled: true, cost: 'exact', method, blend, consistency } };
}
