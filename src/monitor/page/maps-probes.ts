import { isAbsolute, relative, resolve } from 'node:path';
import { evenlySpaced } from '../../log/index.js';
import { hasFile } from '../../files/read-file.js';
import {
  decodePicture,
  fit,
  overlay,
  pictureUri,
  unitRange,
  type HostMap,
  type Picture,
} from '../../report/index.js';
import { rankDistance, shrunk } from '../floor/index.js';
import { meanOfDefined } from '../map-change.js';
import type { MapsFrom } from '../maps-from.js';
import type { ProbeDocument } from './document.js';

const EPOCHS = 40;
const IMAGES = 32;
/** Pixels of a picture. */
const SIDE = 160;

/** How the map of an image moved. */
interface Moved {
  place: number;
  /** 1 − Spearman from each epoch to the next; null where one of the two maps is constant. */
  steps: (number | null)[];
  mean: number | null;
}

/**
 * The images whose maps moved most, 32 at most, each at 40 epochs at most, evenly spaced. A map is drawn over its image
 * where the folder holds that.
 *
 * @returns them, and their pictures as data: URIs by name
 * @throws Failure for an image that is there and cannot be read
 */
export async function mapsProbes(
  maps: MapsFrom,
): Promise<{ probes: ProbeDocument[]; pictures: Record<string, string> }> {
  const mostMoved = movedOf(maps)
    .sort((a, b) => (b.mean ?? -1) - (a.mean ?? -1))
    .slice(0, IMAGES);
  const pictures: Record<string, string> = {};
  const probes: ProbeDocument[] = [];
  for (const moved of mostMoved.sort((a, b) => a.place - b.place))
    probes.push(await probe(maps, moved, pictures));
  return { probes, pictures };
}

function movedOf({ sets }: MapsFrom): Moved[] {
  const small = sets.map(({ maps }) => maps.map(shrunk));
  return small[0]!.map((_, place) => {
    const steps = small.slice(1).map((after, at) => rankDistance(small[at]![place]!, after[place]!));
    return { place, steps, mean: meanOfDefined(steps) };
  });
}

async function probe(
  { dir, images, sets }: MapsFrom,
  { place, steps, mean }: Moved,
  pictures: Record<string, string>,
): Promise<ProbeDocument> {
  const listed = images?.[place];
  const photo = listed && (await photoOf(dir, listed.file));
  const keep = async (name: string, picture: Picture): Promise<string> => {
    pictures[name] = await pictureUri(picture, SIDE);
    return name;
  };
  const frames: ProbeDocument['frames'] = [];
  for (const at of evenlySpaced([...sets.keys()], EPOCHS)) {
    const { epoch, maps } = sets[at]!;
    const map = maps[place]!;
    const unit = { ...map, values: unitRange(map.values) };
    const drawn = overlay(photo ?? blank(map), unit, { opacity: photo ? 0.5 : 1 });
    frames.push({
      epoch,
      pictures: { [photo ? 'overlay' : 'map']: await keep(`${place}-${epoch}`, drawn) },
      text: says(map, sets[at - 1]?.epoch, steps[at - 1]),
    });
  }
  return {
    name: String(place),
    file: nameOf(images, place, sets[0]!.maps.length),
    label: listed?.label ?? 'image',
    verdict: 'unknown',
    constant: isConstant(sets.at(-1)!.maps[place]!),
    moved: mean,
    image: photo ? await keep(String(place), photo) : null,
    frames,
  };
}

/** A file that is listed twice is told apart. */
function nameOf(images: MapsFrom['images'], place: number, count: number): string {
  if (!images) return `${place + 1} of ${count}`;
  const { file, label } = images[place]!;
  const first = images.findIndex((one) => one.file === file && one.label === label);
  return first === place ? file : `${file} (${place + 1})`;
}

/** The image, small, where the folder holds it. A folder may come from elsewhere: names lead to no other one. */
async function photoOf(dir: string, file: string): Promise<Picture | undefined> {
  const path = resolve(dir, file);
  const inside = relative(dir, path);
  if (inside.startsWith('..') || isAbsolute(inside) || !hasFile(path)) return undefined;
  const photo = await decodePicture(path);
  return fit(photo, ...withinSide(photo, Math.min(1, SIDE / Math.max(photo.width, photo.height))));
}

/** What a map is drawn on where there is no image. */
function blank(map: HostMap): Picture {
  const [width, height] = withinSide(map, SIDE / Math.max(map.width, map.height));
  return { pixels: new Uint8Array(width * height * 3), width, height };
}

function withinSide({ width, height }: { width: number; height: number }, scale: number): [number, number] {
  const side = (length: number): number => Math.max(1, Math.round(length * scale));
  return [side(width), side(height)];
}

/** Whether a map is the same everywhere: nothing is salient. */
export function isConstant({ values }: HostMap): boolean {
  return values.every((value) => value === values[0]);
}

function says(map: HostMap, before: number | undefined, moved: number | null | undefined): string {
  if (isConstant(map)) return 'nothing is salient: the map is constant';
  if (before === undefined) return 'the first map';
  return moved == null
    ? `the map of epoch ${before} is constant`
    : `1 − Spearman ${moved.toFixed(3)} from epoch ${before}`;
}
