import * as tf from '@tensorflow/tfjs-core';
import { binaryMask } from '../../src/augment/binary-mask.js';
import { blend, gaussianBlur, methodNamed, type Maps, type MethodOptions } from '../../src/explain/index.js';
import { difference, scaledDifference, type Finding, type Uncovered } from './finding.js';
import type { Folder } from './folder.js';
import type { GoldenImage, GoldenMethod } from './format.js';
import { methodOf, optionsOf } from './options.js';

interface Case {
  image: string;
  role: string;
  classIndex?: number;
  golden: GoldenMethod;
}

/** What a quantity of a golden is compared with, and the most that they may differ; null: nothing of ours shows it. */
interface Quantity {
  found(maps: Maps, images: tf.Tensor4D, options: MethodOptions): tf.Tensor | undefined;
  limit: number | ((method: string, role: string) => number);
  /** Whether it hangs on which pixels are above the mean of the raw map: a pixel at the mean may be either. */
  atMean?: boolean;
}

const limitOfMaps: Record<string, (role: string) => number> = {
  'group-cam': (role) => (role === 'top' ? 1e-4 : 1e-3),
  rise: () => 1e-5,
  xrai: () => 1e-3,
};
const limit = (method: string, role: string): number => limitOfMaps[method]?.(role) ?? 1e-4;

/** Every quantity that a golden may hold. */
const quantities: Readonly<Record<string, Quantity | null>> = {
  norm: { found: ({ map }) => map, limit },
  raw: { found: ({ raw }) => raw, limit: (method) => limit(method, 'top') },
  alpha: { found: ({ details }) => details['gains'], limit: 1e-5 },
  baselineProb: { found: ({ details }) => details['baselineScores'], limit: 1e-5 },
  scores: { found: ({ details }) => details['scores'], limit: 1e-5 },
  attribution: { found: ({ details }) => details['attribution'], limit: 1e-3 },
  ranks: { found: ({ details }) => details['ranks'], limit: 0 },
  meanOfRaw: { found: ({ raw }) => tf.mean(raw, [1, 2]), limit: 1e-5 },
  mask: { found: ({ raw }) => binaryMask(raw, 'mean'), limit: 0, atMean: true },
  blended: {
    found: ({ raw }, images, { blur }) =>
      blend(images, gaussianBlur(images, blur as { size: number; sigma: number }), binaryMask(raw, 'mean')),
    limit: 1e-5,
    atMean: true,
  },
  constantGroups: {
    found: ({ details: { masks } }) => masks && tf.cast(tf.equal(tf.max(masks, [2, 3]), 0), 'float32'),
    limit: 0,
  },
  // On the way to the masks, which alpha and the maps show.
  thresholds: null,
  params: null,
  maskRule: null,
};

/** Every method of the folder on every case of it. */
export async function* methodFindings(folder: Folder): AsyncGenerator<Finding | Uncovered> {
  for (const net of Object.keys(folder.goldens.nets)) {
    for (const [name, cases] of casesOf(folder, net)) {
      const method = methodOf(name);
      if (method === undefined) {
        yield { uncovered: name, reason: 'no method of that name' };
        continue;
      }
      for (const entry of cases) yield* caseFindings(folder, net, name, method, entry);
      yield* batchFindings(folder, net, name, method, cases);
    }
  }
}

/** A network's cases by the name of the method. */
function casesOf({ goldens }: Folder, net: string): Map<string, Case[]> {
  const found = new Map<string, Case[]>();
  const add = (methods: Record<string, GoldenMethod> | undefined, entry: Omit<Case, 'golden'>) => {
    for (const [name, golden] of Object.entries(methods ?? {})) {
      found.set(name, [...(found.get(name) ?? []), { ...entry, golden }]);
    }
  };
  for (const { id, net: own, methods } of goldens.images)
    if (own === net) add(methods, { image: id, role: 'top' });
  for (const { image, net: own, role, classIndex, methods } of goldens.cases) {
    if (own === net) add(methods, { image, role, classIndex });
  }
  return found;
}

async function* caseFindings(
  folder: Folder,
  net: string,
  name: string,
  method: string,
  entry: Case,
): AsyncGenerator<Finding | Uncovered> {
  const { image, role, classIndex, golden } = entry;
  const where = classIndex === undefined ? image : `${image}, class ${classIndex}`;
  const options = settings(folder, method, golden, folder.image(image));
  if (typeof options === 'string') {
    yield { uncovered: name, reason: `camtune's ${method} has not: ${options}` };
    return;
  }
  const network = await folder.network(net);
  const images = await folder.images([image]);
  const target = classIndex === undefined ? {} : { target: classIndex };
  const maps = methodNamed(method).run(network, images, { ...options, ...target });
  for (const [quantity, value] of Object.entries(golden)) {
    const known = quantities[quantity];
    if (known === undefined)
      yield { uncovered: `${name} · ${quantity}`, reason: 'no check for this quantity' };
    if (!known || value === null) continue;
    const expected = expectedValues(folder, value);
    const found = foundValues(() => known.found(maps, images, options), maps, expected.shape);
    const most = typeof known.limit === 'number' ? known.limit : known.limit(method, role);
    const sure = known.atMean ? besideTies(maps.raw, found, expected.values) : expected.values;
    yield { what: `${name} · ${quantity}`, where, difference: scaledDifference(found, sure), limit: most };
  }
  disposeAll(maps, images, options);
}

/** All cases in one batch: what is found for an image must not depend on the others. */
async function* batchFindings(
  folder: Folder,
  net: string,
  name: string,
  method: string,
  cases: Case[],
): AsyncGenerator<Finding> {
  const [first] = cases;
  const sizeOf = ({ golden }: Case) => golden.norm && folder.array(golden.norm).shape.join();
  const same =
    cases.every((entry) => sizeOf(entry) === sizeOf(first!)) &&
    cases.every(({ golden }) => JSON.stringify(golden.params) === JSON.stringify(first!.golden.params));
  const options = same
    ? settings(folder, method, first!.golden, folder.image(first!.image))
    : 'different parameters';
  // Labels belong to one image.
  if (typeof options === 'string' || 'labels' in options || cases.length < 2) return;
  const network = await folder.network(net);
  const images = await folder.images(cases.map(({ image }) => image));
  const classes = cases.flatMap(({ classIndex }) => classIndex ?? []);
  const target = classes.length > 0 ? { target: classes } : {};
  const maps = methodNamed(method).run(network, images, { ...options, ...target });
  const parts = tf.unstack(maps.map);
  const rows = parts.map((map) => map.dataSync());
  tf.dispose(parts);
  for (const [index, { image, role, golden }] of cases.entries()) {
    if (!golden.norm) continue;
    const far = difference(rows[index]!, folder.array(golden.norm).values);
    yield { what: `${name} · norm, in a batch`, where: image, difference: far, limit: limit(method, role) };
  }
  disposeAll(maps, images, options);
}

function settings(
  folder: Folder,
  method: string,
  { params }: GoldenMethod,
  image: GoldenImage,
): MethodOptions | string {
  const { gradientOf } = params;
  if (typeof gradientOf === 'string' && gradientOf !== 'logit' && method !== 'group-cam')
    return `a gradient of ${gradientOf}`;
  return optionsOf[method]?.(params, folder, image) ?? {};
}

function expectedValues(folder: Folder, value: unknown): { values: ArrayLike<number>; shape?: number[] } {
  if (typeof value === 'string') return folder.array(value);
  return { values: [value].flat().map(Number) };
}

/** Signed attributions are stored as `raw` with their channels: ours are a detail. */
function foundValues(
  make: () => tf.Tensor | undefined,
  maps: Maps,
  shape: number[] | undefined,
): ArrayLike<number> {
  let values: ArrayLike<number> = [];
  tf.tidy(() => {
    const tensor = make();
    const signed = shape?.length === 3 && tensor === maps.raw ? maps.details['attribution'] : tensor;
    values = signed?.dataSync() ?? [];
  });
  return values;
}

/** What is expected, and what was found instead at pixels whose raw value is the map's mean up to rounding. */
function besideTies(raw: tf.Tensor3D, found: ArrayLike<number>, expected: ArrayLike<number>): number[] {
  const values = raw.dataSync() as Float32Array;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const channels = expected.length / values.length;
  return Array.from(expected, (value, index) => {
    const apart = Math.abs(values[Math.floor(index / channels)]! - mean);
    return apart < 1e-6 * Math.abs(mean) ? found[index]! : value;
  });
}

function disposeAll(maps: Maps, images: tf.Tensor, options: MethodOptions): void {
  tf.dispose([maps.map, maps.raw, ...Object.values(maps.details), images]);
  tf.dispose(options as tf.TensorContainer);
}
