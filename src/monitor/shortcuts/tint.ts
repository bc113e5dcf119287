import type { ScoredImages } from './screen.js';
import type { Transplant } from './transplants.js';

/** A filter that a part of a class's images look as if they had gone through. */
export interface SharedTint {
  members: number[];
  /** How much more frequent such a tint is in the class than in any other, as a share: 0.8 four times, 1 nowhere else. */
  alike: number;
  /** Puts the filter before an image. */
  transplant: Transplant;
}

/** Fewer images of a class have no tint in common. */
const FEWEST = 5;
/** So many times as frequent as in any other class. */
const LEAST_LIFT = 4;
/** In deviations of the difference of two shares. Filters and limits are searched for, so chance reaches 3. */
const LEAST_EXCESS = 3.5;
/** How far the seventh of the class with most of the tint is beyond that of any other class, in deviations within classes. */
const LEAST_APART = 1.4;
const SEVENTH = 0.85;
/** Logarithm of the gain by which an image is filtered. */
const STRENGTH = 0.25;
/** Share of the pixels that tell the light. */
const BRIGHTEST = 0.05;
/** Below this level a logarithm says nothing. */
const DARK = 8;

/** Logarithms of what red, green and blue are multiplied by, of length 1, in all directions. */
const filters: readonly (readonly number[])[] = [-1, -0.5, 0, 0.5, 1].flatMap((r, _, steps) =>
  steps.flatMap((g) =>
    steps.flatMap((b) => {
      const longest = Math.max(Math.abs(r), Math.abs(g), Math.abs(b));
      return longest < 1 ? [] : [[r, g, b].map((value) => value / Math.hypot(r, g, b))];
    }),
  ),
);

interface Tail {
  filter: readonly number[];
  /** Images of the class with this much of the tint or more. */
  limit: number;
  alike: number;
  /** From 1 on. */
  score: number;
}

/**
 * Of each class the tint that most tells a part of it from all other classes; undefined where none does. The tint of an
 * image is that of its lights, which a filter moves by the same for every image, while what is shown moves it by chance.
 */
export function sharedTints({
  own,
  pixels,
}: Pick<ScoredImages, 'own' | 'pixels'>): (SharedTint | undefined)[] {
  const lights = pixels.map(lightsOf);
  const best: (Tail | undefined)[] = own.map(() => undefined);
  for (const filter of filters) {
    const spreads = own.map((images) => spreadOf(images.map((at) => along(lights[at]!, filter))));
    for (const index of own.keys()) {
      const tail = tailOf(filter, index, spreads);
      if (tail && tail.score > (best[index]?.score ?? 0)) best[index] = tail;
    }
  }
  return best.map((tail, index) => {
    if (!tail) return undefined;
    const { filter, limit, alike } = tail;
    const members = own[index]!.filter((at) => along(lights[at]!, filter) >= limit);
    return { members, alike, transplant: throughFilter(filter) };
  });
}

/** Logarithm of the mean color of the pixels that are brightest in all channels together: [3]. White ones say most. */
function lightsOf(image: Uint8Array): number[] {
  const pixels = image.length / 3;
  const brightness = Float64Array.from(
    { length: pixels },
    (_, at) => image[3 * at]! * image[3 * at + 1]! * image[3 * at + 2]!,
  );
  const limit = brightness.slice().sort()[Math.floor((1 - BRIGHTEST) * (pixels - 1))]!;
  const sums = [0, 0, 0];
  let chosen = 0;
  brightness.forEach((value, at) => {
    if (value < limit) return;
    chosen++;
    for (let channel = 0; channel < 3; channel++) sums[channel]! += image[3 * at + channel]!;
  });
  return sums.map((sum) => Math.log(Math.max(DARK, sum / chosen)));
}

/** How much of a tint the images of a class have. */
interface Spread {
  /** Ascending. */
  values: Float64Array;
  deviation: number;
  /** Where the seventh with most of it begins. */
  most: number;
}

function spreadOf(list: readonly number[]): Spread {
  const values = Float64Array.from(list).sort();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const most = values[Math.floor(SEVENTH * (values.length - 1))] ?? NaN;
  return { values, deviation: Math.sqrt(squares / values.length), most };
}

/** The part of a class with most of a tint that other classes have least of. */
function tailOf(filter: readonly number[], index: number, spreads: readonly Spread[]): Tail | undefined {
  const own = spreads[index]!.values;
  const others = spreads.filter(({ values }, at) => at !== index && values.length > 0);
  if (own.length < FEWEST || others.length === 0) return undefined;
  const within = others.reduce((sum, { deviation }) => sum + deviation, 0) / others.length;
  const beyond = spreads[index]!.most - Math.max(...others.map(({ most }) => most));
  const apart = beyond / Math.max(within, 1e-3);
  if (apart < LEAST_APART) return undefined;
  const foreign = others.reduce((sum, { values }) => sum + values.length, 0);
  let best: Tail | undefined;
  for (let count = FEWEST; count <= own.length; count++) {
    const limit = own[own.length - count]!;
    const counts = others.map(({ values }) => atLeast(values, limit));
    const often = Math.max(...counts.map((its, at) => (its + 0.5) / (others[at]!.values.length + 1)));
    const lift = count / own.length / often;
    if (lift < LEAST_LIFT) continue;
    const among = counts.reduce((sum, its) => sum + its, 0);
    const pooled = (count + among + 1) / (own.length + foreign + 2);
    const excess =
      (count / own.length - (among + 1) / (foreign + 2)) /
      Math.sqrt(pooled * (1 - pooled) * (1 / own.length + 1 / foreign));
    const score = Math.min(excess / LEAST_EXCESS, apart / LEAST_APART);
    if (score >= 1 && score > (best?.score ?? 0)) best = { filter, limit, alike: lift / (1 + lift), score };
  }
  return best;
}

/** The control is the image as it is: filters of other classes move the network where it knows those by a tint. */
function throughFilter(filter: readonly number[]): Transplant {
  const gains = filter.map((value) => Math.exp(STRENGTH * value));
  const as = (to: Transplant['to']): Transplant => ({ kind: 'levels', place: 'levels', to });
  return {
    ...as((image) => image.map((value, at) => Math.min(255, Math.round(value * gains[at % 3]!)))),
    control: () => as((image) => image),
  };
}

function along(point: readonly number[], filter: readonly number[]): number {
  return point.reduce((sum, value, at) => sum + value * filter[at]!, 0);
}

/** How many of ascending values are `limit` or more. */
function atLeast(values: Float64Array, limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return values.length - low;
}
