import { invalid, phrase } from '../errors.js';
import { isObject } from '../text/is-object.js';
import { readRegularFile, utf8 } from '../files/read-file.js';

/** A text cannot be longer. */
const MOST_BYTES = 2 ** 29;

/** Where an object of a category stands in an image: pixels of the stored file. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Index into the categories, in the order of their ids. */
  category: number;
  crowd: boolean;
}

export interface BoxedImage {
  file: string;
  width: number;
  height: number;
  boxes: Box[];
}

export interface BoxSet {
  /** Names, in the order of COCO's (sparse) ids. */
  categories: string[];
  /** In the order of the file; an image may have no boxes. */
  images: BoxedImage[];
}

/** What is read of COCO's instances format. Nothing in it is believed before it is checked. */
interface Instances {
  images?: { id: number; file_name: string; width: number; height: number }[];
  annotations?: { image_id: number; category_id: number; bbox: number[]; iscrowd?: number }[];
  categories?: { id: number; name: string }[];
}

/**
 * Reads the boxes of a file in COCO's instances format.
 *
 * Throws Failure when it cannot be read, InvalidInput when it is not such a file, or when an annotation names an image
 * or a category that the file lacks, or has a box that is not four finite numbers with sides above 0.
 *
 * @see Lin et al. (2014), "Microsoft COCO: Common Objects in Context"
 */
export async function readCocoBoxes(path: string): Promise<BoxSet> {
  const text = utf8(await readRegularFile(path, MOST_BYTES), path);
  const { images, annotations, categories } = parse(path, text);
  if (!areObjects(images) || !areObjects(annotations) || !areObjects(categories))
    throw invalid(path, "COCO's instances format (lists of images, annotations and categories)", text.slice(0, 60));

  const nameless = categories.find(({ id, name }) => typeof name !== 'string' || !Number.isFinite(id));
  if (nameless) throw invalid(`${path}, categories`, 'an id (a number) and a name each', nameless);
  const sorted = [...categories].sort((a, b) => a.id - b.id);
  const categoryOf = new Map(sorted.map(({ id }, index) => [id, index]));
  if (categoryOf.size < sorted.length) throw invalid(`${path}, categories`, 'each id once', sorted.map(({ id }) => id));
  const imageOf = new Map<number, BoxedImage>();
  for (const { id, file_name: file, width, height } of images) {
    if (typeof file !== 'string' || !isSide(width) || !isSide(height))
      throw invalid(`${path}, image ${id}`, 'a file_name and a width and a height above 0', { file, width, height });
    if (imageOf.has(id)) throw invalid(`${path}, images`, 'each id once', id);
    imageOf.set(id, { file, width, height, boxes: [] });
  }
  annotations.forEach(({ image_id, category_id, bbox, iscrowd }, index) => {
    const name = `${path}, annotation ${index}`;
    const image = imageOf.get(image_id);
    const category = categoryOf.get(category_id);
    if (!image) throw invalid(name, 'the id of an image of the file', image_id);
    if (category === undefined) throw invalid(name, 'the id of a category of the file', category_id);
    if (!isBox(bbox)) throw invalid(name, 'a bbox [left, top, width, height] with sides above 0', bbox);
    const [left, top, width, height] = bbox;
    image.boxes.push({ left, top, width, height, category, crowd: iscrowd === 1 });
  });
  return { categories: sorted.map(({ name }) => name), images: [...imageOf.values()] };
}

function parse(path: string, text: string): Instances {
  try {
    return (JSON.parse(text) ?? {}) as Instances;
  } catch (error) {
    throw invalid(path, 'JSON', phrase(`something else: ${(error as Error).message}`));
  }
}

function areObjects<T>(list: T[] | undefined): list is T[] {
  return Array.isArray(list) && list.every(isObject);
}

function isSide(side: unknown): boolean {
  return typeof side === 'number' && Number.isFinite(side) && side > 0;
}

function isBox(bbox: unknown): bbox is [number, number, number, number] {
  return Array.isArray(bbox) && bbox.length === 4 && bbox.every(Number.isFinite) && bbox[2] > 0 && bbox[3] > 0;
}
