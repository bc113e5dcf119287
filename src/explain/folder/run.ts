import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf, type DecodedImage } from '../../data/index.js';
import { readPhoto } from '../../report/index.js';
import { fitName } from '../../files/name.js';
import { writeFileAtomic } from '../../files/write-atomic.js';
import { comparison, type ImageRecord } from '../../report/maps/index.js';
import type { Explainer } from './explainer.js';
import { writeMaps, type OutputOptions } from './outputs.js';
import type { Records } from './records.js';
import type { ChosenMethod } from './request.js';

/** An image and what its files are called. */
export interface NamedImage {
  image: string;
  name: string;
}

/** What became of an image. */
export type Outcome = { record: ImageRecord; skipped: boolean } | { image: string; error: string };

/** What is read of an image before it is explained. */
interface Prepared extends NamedImage {
  record?: ImageRecord;
  missing: readonly ChosenMethod[];
  read?: PromiseSettledResult<DecodedImage>;
}

/**
 * Explains images batch by batch and writes their files; the next batch is decoded meanwhile, so memory holds two. What
 * the records already hold, made from the same, is kept. An image that can't be read keeps no other from being
 * explained.
 *
 * @param images each with the name of its files
 * @param batchSize images in one pass
 * @returns what became of each image, in order
 */
export async function* explainImages(
  images: readonly NamedImage[],
  methods: readonly ChosenMethod[],
  explainer: Explainer,
  records: Records,
  options: OutputOptions,
  batchSize: number,
): AsyncGenerator<Outcome> {
  const prepare = (start: number): Promise<Prepared[]> =>
    Promise.all(
      images.slice(start, start + batchSize).map(async (named): Promise<Prepared> => {
        const record = records.get(named.image);
        const missing = methods.filter(({ name }) => !isDone(record, named, name, options));
        if (missing.length === 0) return { ...named, record: record!, missing };
        const [read] = await Promise.allSettled([explainer.read(named.image)]);
        return { ...named, ...(record && { record }), missing, read };
      }),
    );
  let next = prepare(0);
  for (let start = 0; start < images.length; start += batchSize) {
    const batch = await next;
    next = prepare(start + batchSize);
    yield* explainBatch(batch, methods, explainer, records, options);
  }
}

async function* explainBatch(
  batch: readonly Prepared[],
  methods: readonly ChosenMethod[],
  explainer: Explainer,
  records: Records,
  options: OutputOptions,
): AsyncGenerator<Outcome> {
  const pixels: Uint8Array[] = [];
  const lacking = new Set<ChosenMethod>();
  for (const { missing, read } of batch) {
    if (read?.status !== 'fulfilled') continue;
    pixels.push(read.value.pixels);
    missing.forEach((method) => lacking.add(method));
  }
  const ran = methods.filter((method) => lacking.has(method));
  const explained = pixels.length > 0 ? await explainer.run(pixels, ran) : [];
  let row = 0;
  for (const { image, name, record, read } of batch) {
    if (read?.status === 'rejected') {
      yield { image, error: reason(read.reason, image) };
      continue;
    }
    if (!read) {
      const asked = onlyOf(methods, record!);
      const others = asked.maps.length < record!.maps.length;
      yield { record: await withSheet(asked, options, others), skipped: true };
      continue;
    }
    const finished = { image, name, part: read.value.crop, ...explained[row++]! };
    const photo = await readPhoto(image).catch((error: unknown) => ({ reason: reasonOf(error) }));
    if ('reason' in photo) {
      // Damage outside of what the network sees.
      yield { image, error: `as a whole ${photo.reason}` };
      continue;
    }
    const made = await writeMaps(finished, photo, options);
    const maps = methods.flatMap((method) =>
      (lacking.has(method) ? made : record!).maps.filter((map) => map.method === method.name),
    );
    const whole = await withSheet({ ...made, maps }, options, true);
    records.put(whole);
    yield { record: whole, skipped: false };
  }
}

/** A record without the maps of methods that are not asked for now. */
export function onlyOf(methods: readonly ChosenMethod[], record: ImageRecord): ImageRecord {
  return { ...record, maps: record.maps.filter((map) => methods.some(({ name }) => name === map.method)) };
}

/** Whether a method's maps of an image are there, made from the same and under the same name. */
function isDone(
  record: ImageRecord | undefined,
  { image, name }: NamedImage,
  method: string,
  { folder, keyOf }: OutputOptions,
): boolean {
  const maps = record?.name === name ? record.maps.filter((map) => map.method === method) : [];
  return (
    maps.length > 0 &&
    maps[0]!.key === keyOf(image, method) &&
    maps.every(({ files }) => files.every((file) => existsSync(join(folder, file))))
  );
}

const SHEET = '.sheet.png';

/** Writes the comparison sheet of an image that several methods explain, where pictures are wanted. */
async function withSheet(record: ImageRecord, options: OutputOptions, anew = false): Promise<ImageRecord> {
  const several = new Set(record.maps.map(({ method }) => method)).size > 1;
  if (!several || !options.formats.includes('png')) return record;
  const file = `${fitName(record.name, SHEET.length)}${SHEET}`;
  const path = join(options.folder, file);
  if (anew || !existsSync(path)) await writeFileAtomic(path, await comparison(record, options));
  return { ...record, sheet: file };
}

/** The error's sentence, without the file's name that stands beside it. */
function reason(error: unknown, image: string): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.startsWith(`${image}: `) ? message.slice(image.length + 2) : message;
}
