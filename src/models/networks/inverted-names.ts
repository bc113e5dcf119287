import type { NameRule } from '../weights/index.js';

/** timm's names of inverted residuals: those of the first stage have no expansion. */
export const timmBlockNames: NameRule[] = [
  ['blocks.0.{b}.depthwise.conv.{w}', 'blocks.0.{b}.conv_dw.{w}'],
  ['blocks.0.{b}.depthwise.bn.{w}', 'blocks.0.{b}.bn1.{w}'],
  ['blocks.0.{b}.project.conv.{w}', 'blocks.0.{b}.conv_pw.{w}'],
  ['blocks.0.{b}.project.bn.{w}', 'blocks.0.{b}.bn2.{w}'],
  ['blocks.{s}.{b}.expand.conv.{w}', 'blocks.{s}.{b}.conv_pw.{w}'],
  ['blocks.{s}.{b}.expand.bn.{w}', 'blocks.{s}.{b}.bn1.{w}'],
  ['blocks.{s}.{b}.depthwise.conv.{w}', 'blocks.{s}.{b}.conv_dw.{w}'],
  ['blocks.{s}.{b}.depthwise.bn.{w}', 'blocks.{s}.{b}.bn2.{w}'],
  ['blocks.{s}.{b}.squeeze.reduce.{w}', 'blocks.{s}.{b}.se.conv_reduce.{w}'],
  ['blocks.{s}.{b}.squeeze.expand.{w}', 'blocks.{s}.{b}.se.conv_expand.{w}'],
  ['blocks.{s}.{b}.project.conv.{w}', 'blocks.{s}.{b}.conv_pwl.{w}'],
  ['blocks.{s}.{b}.project.bn.{w}', 'blocks.{s}.{b}.bn3.{w}'],
  ['stem.conv.{w}', 'conv_stem.{w}'],
  ['stem.bn.{w}', 'bn1.{w}'],
];

/** timm's names of what stands behind the blocks. */
export const timmTopNames: NameRule[] = [
  ['top.conv.{w}', 'conv_head.{w}'],
  ['top.bn.{w}', 'bn2.{w}'],
];

/**
 * torchvision's names where blocks are counted through, over the stages.
 *
 * @param counts blocks of each stage
 * @param parts of a block: our name to theirs, behind that of the block
 */
export function countedThrough(
  counts: readonly number[],
  parts: (stage: number, block: number) => readonly (readonly [ours: string, theirs: string])[],
): NameRule[] {
  const rules: NameRule[] = [];
  let position = 0;
  counts.forEach((count, stage) => {
    for (let block = 0; block < count; block++) {
      position++;
      for (const [ours, theirs] of parts(stage, block)) {
        rules.push([`blocks.${stage}.${block}.${ours}.{w}`, `features.${position}.${theirs}.{w}`]);
      }
    }
  });
  return [
    ...rules,
    ['stem.conv.{w}', 'features.0.0.{w}'],
    ['stem.bn.{w}', 'features.0.1.{w}'],
    ['top.conv.{w}', `features.${position + 1}.0.{w}`],
    ['top.bn.{w}', `features.${position + 1}.1.{w}`],
  ];
}
