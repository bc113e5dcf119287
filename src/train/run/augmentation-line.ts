import type { Recipe } from '../recipe/index.js';

/** What training does to an image beside cropping and flipping it, for people; nothing where that is nothing. */
export function augmentationLine({ data: { augment } }: Recipe): string[] {
  const { policy, jitter, erasing, mixup, cutmix } = augment;
  const strengths = Object.entries(jitter).filter(([, strength]) => strength > 0);
  const parts = [
    policy.name === 'rand-augment' &&
      `rand-augment (${policy.ops} operations of magnitude ${policy.magnitude})`,
    policy.name === 'trivial-augment' && 'trivial-augment',
    strengths.length > 0 &&
      `jitter (${strengths.map(([name, strength]) => `${name} ${strength}`).join(', ')})`,
    erasing > 0 && `erasing in ${Math.round(100 * erasing)} % of the images`,
    mixup > 0 && `mixup (alpha ${mixup})`,
    cutmix > 0 && `${mixup > 0 ? 'or ' : ''}CutMix (alpha ${cutmix})`,
  ].filter((part) => part !== false);
  return parts.length > 0 ? [`augmentation: ${parts.join(', ')}`] : [];
}
