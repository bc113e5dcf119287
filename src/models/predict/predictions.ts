/** What a network says about one image. */
export interface Answer {
  image: string;
  /** The most likely classes, most likely first. */
  top: { class: string; index: number; probability: number }[];
  logits: number[];
}

/** An image that could not be read, or that the network has no answer to. */
export interface Unreadable {
  image: string;
  error: string;
}

export type Prediction = Answer | Unreadable;

/** A network, seen from outside. */
export interface Network {
  /** Pixels of one image as the network wants them: uint8 RGB, all of the same length. */
  read(image: string): Promise<Uint8Array>;
  /** @param pixels of several images, one behind the other → one row of logits and of probabilities an image */
  run(pixels: Uint8Array, images: number): Promise<{ logits: number[][]; probabilities: number[][] }>;
  classNames?: string[];
}

/**
 * Predicts image after image. A batch is decoded while the one before it is computed, so memory holds two; an image
 * that can't be read takes its place in the order and keeps no other from being predicted.
 *
 * @param top how many classes of each image are named
 * @param batchSize images in one pass
 */
export async function* predictions(
  images: string[],
  network: Network,
  top: number,
  batchSize = 32,
): AsyncGenerator<Prediction> {
  let next = readAll(network, images.slice(0, batchSize));
  for (let start = 0; start < images.length; start += batchSize) {
    const batch = await next;
    next = readAll(network, images.slice(start + batchSize, start + 2 * batchSize));
    yield* await predictBatch(images.slice(start, start + batchSize), batch, network, top);
  }
}

async function predictBatch(
  images: string[],
  read: PromiseSettledResult<Uint8Array>[],
  network: Network,
  top: number,
): Promise<Prediction[]> {
  const good = read.filter((outcome) => outcome.status === 'fulfilled').map((outcome) => outcome.value);
  const { logits, probabilities } =
    good.length > 0 ? await network.run(joined(good), good.length) : { logits: [], probabilities: [] };
  let row = 0;
  return images.map((image, index) => {
    const outcome = read[index]!;
    if (outcome.status === 'rejected') return { image, error: reason(outcome.reason, image) };
    const answer = { logits: logits[row]!, probabilities: probabilities[row]! };
    row++;
    if (!answer.logits.every(Number.isFinite)) {
      return {
        image,
        error: 'the network answers with values that are not finite numbers; its weights are no good',
      };
    }
    return { image, top: topClasses(answer.probabilities, top, network.classNames), logits: answer.logits };
  });
}

/** The classes of the highest probabilities, highest first; of equal ones the first in class order. */
export function topClasses(probabilities: number[], count: number, classNames?: string[]): Answer['top'] {
  return probabilities
    .map((probability, index) => ({ class: classNames?.[index] ?? String(index), index, probability }))
    .sort((a, b) => b.probability - a.probability || a.index - b.index)
    .slice(0, count);
}

function readAll(network: Network, images: string[]): Promise<PromiseSettledResult<Uint8Array>[]> {
  return Promise.allSettled(images.map((image) => network.read(image)));
}

function joined(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.length * parts[0]!.length);
  parts.forEach((part, index) => all.set(part, index * part.length));
  return all;
}

/** The error's sentence, without the file's name that stands beside it. */
function reason(error: unknown, image: string): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.startsWith(`${image}: `) ? message.slice(image.length + 2) : message;
}
