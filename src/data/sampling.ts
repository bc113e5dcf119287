import { permutation, type Random } from '../random.js';

/**
 * The order of an epoch in which every class has as many images as any other, give or take one: of a large class a
 * random part, of a small one each image several times. As many images in all as there are labels.
 *
 * @param labels class of each image; a class without images is left out
 * @returns indices of images, shuffled, [labels]
 */
export function balancedOrder(labels: Int32Array, next: Random): Int32Array {
  const members = new Map<number, number[]>();
  labels.forEach((label, image) => {
    const own = members.get(label);
    if (own) own.push(image);
    else members.set(label, [image]);
  });
  const classes = [...members.values()];
  const share = Math.floor(labels.length / classes.length);
  const rest = labels.length - share * classes.length;
  // Which classes have one more is left to chance.
  const ranks = permutation(classes.length, next);
  const images = classes.flatMap((own, index) => drawn(own, share + (ranks[index]! < rest ? 1 : 0), next));
  return permutation(images.length, next).map((index) => images[index]!);
}

/** So many of the items at random: no item once more before every other has come as often. */
function drawn(items: number[], count: number, next: Random): number[] {
  const rounds = Math.ceil(count / items.length);
  const all = Array.from({ length: rounds }, () => [...permutation(items.length, next)].map((at) => items[at]!));
  return all.flat().slice(0, count);
}

/** How often each image of an order has come before: 0 at its first place. */
export function repetitions(order: Int32Array): Int32Array {
  const seen = new Map<number, number>();
  return order.map((image) => {
    const before = seen.get(image) ?? 0;
    seen.set(image, before + 1);
    return before;
  });
}
