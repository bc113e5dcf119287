import { join } from 'node:path';
import { Failure } from '../errors.js';
import { isObject } from '../text/is-object.js';
import { readRegularFile } from '../files/read-file.js';
import type { Preprocessing } from './classifier/index.js';
import { checkPreprocessing } from './preprocessing.js';

/** What Hugging Face's and timm's files beside a network's weights say. */
export interface HubConfig {
  classNames?: string[];
  preprocessing?: Preprocessing;
  /** The file that says how images are prepared, and what to know of it. */
  notes: string[];
  /** Hugging Face's config.json, or timm's. */
  config: Record<string, unknown>;
}

type Json = Record<string, unknown>;

/** More than such a file has, the names of 21,000 classes included. */
const jsonBytes = 16 * 2 ** 20;

/**
 * Reads config.json and preprocessor_config.json of a folder, where they are there.
 *
 * @throws Failure where one is not JSON, or says what cannot be
 */
export async function readHubConfig(folder: string): Promise<HubConfig> {
  const config = (await readJson(join(folder, 'config.json'))) ?? {};
  const processor = await readJson(join(folder, 'preprocessor_config.json'));
  const classNames = namesFrom(config);
  const timm = objectOf(config['pretrained_cfg']);
  const found = processor
    ? ofProcessor(processor, join(folder, 'preprocessor_config.json'))
    : timm && ofTimm(timm, join(folder, 'config.json'));
  return { config, notes: [], ...(classNames && { classNames }), ...found };
}

async function readJson(path: string): Promise<Json | undefined> {
  const content = await readRegularFile(path, jsonBytes).catch((error: Error) => {
    if ((error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  try {
    const json = objectOf(JSON.parse(content.toString()));
    if (json) return json;
  } catch {
    // Said below.
  }
  throw new Failure(`${path}: expected a JSON object`);
}

function objectOf(value: unknown): Json | undefined {
  return isObject(value) ? value : undefined;
}

/** Names in the order of the outputs; transformers's placeholders (LABEL_0) are none. */
function namesFrom(config: Json): string[] | undefined {
  const listed = config['label_names'] ?? objectOf(config['pretrained_cfg'])?.['label_names'];
  if (Array.isArray(listed) && listed.every((name) => typeof name === 'string')) return listed;
  const labels = objectOf(config['id2label']);
  if (!labels) return undefined;
  const names = Object.keys(labels).map((_, index) => labels[String(index)]);
  if (!names.every((name): name is string => typeof name === 'string')) return undefined;
  return names.every((name, index) => name === `LABEL_${index}`) ? undefined : names;
}

/** PIL's numbers of its filters. */
const filters: Record<number, Preprocessing['interpolation']> = {
  1: 'lanczos3',
  2: 'bilinear',
  3: 'bicubic',
};

function ofProcessor(json: Json, path: string): Pick<HubConfig, 'preprocessing' | 'notes'> {
  const size = sideOf(json['size']);
  const crop = json['do_center_crop'] === true ? (sideOf(json['crop_size'])?.side ?? size?.side) : size?.side;
  const resized = json['do_resize'] === false ? crop : size?.side;
  const share =
    typeof json['crop_pct'] === 'number' && crop !== undefined && crop < 384 ? json['crop_pct'] : 1;
  const rescaled = json['do_rescale'] === false ? 1 : (json['rescale_factor'] ?? 1 / 255);
  const normalized = json['do_normalize'] !== false;
  const preprocessing = {
    resize: Math.max(Math.floor((resized ?? 224) / share), crop ?? 0),
    crop: crop ?? resized ?? 224,
    interpolation: filters[json['resample'] as number] ?? 'bilinear',
    channels: 'RGB',
    scale: rescaled,
    mean: normalized ? (json['image_mean'] ?? [0.485, 0.456, 0.406]) : [0, 0, 0],
    std: normalized ? (json['image_std'] ?? [0.229, 0.224, 0.225]) : [1, 1, 1],
  };
  checkPreprocessing(preprocessing, path);
  const squashed = size?.isSquare === true && json['do_center_crop'] !== true;
  return {
    preprocessing,
    notes: [
      'preprocessing: that of preprocessor_config.json' +
        (squashed ? ', but for the sides: images keep their proportions and lose their edges' : ''),
    ],
  };
}

/** A side from 224, {shortest_edge: 224} or {height: 224, width: 224}. */
function sideOf(value: unknown): { side: number; isSquare: boolean } | undefined {
  if (typeof value === 'number') return { side: value, isSquare: true };
  const sizes = objectOf(value) ?? {};
  if (typeof sizes['shortest_edge'] === 'number') return { side: sizes['shortest_edge'], isSquare: false };
  if (typeof sizes['height'] === 'number') return { side: sizes['height'], isSquare: true };
  return undefined;
}

function ofTimm(config: Json, path: string): Pick<HubConfig, 'preprocessing' | 'notes'> {
  const sizes = Array.isArray(config['input_size']) ? (config['input_size'] as unknown[]) : [];
  const crop = (sizes[1] ?? 224) as number;
  const share = typeof config['crop_pct'] === 'number' && config['crop_pct'] > 0 ? config['crop_pct'] : 0.875;
  const given = config['interpolation'];
  const preprocessing = {
    resize: Math.max(Math.floor(crop / share), crop),
    crop,
    interpolation: given === 'lanczos' ? 'lanczos3' : given === 'bicubic' ? 'bicubic' : 'bilinear',
    channels: 'RGB',
    scale: 1 / 255,
    mean: config['mean'] ?? [0.485, 0.456, 0.406],
    std: config['std'] ?? [0.229, 0.224, 0.225],
  };
  checkPreprocessing(preprocessing, path);
  const squashed = config['crop_mode'] === 'squash' && share === 1;
  return {
    preprocessing,
    notes: [
      "preprocessing: that of timm's config.json" +
        (squashed ? ', but for the sides: images keep their proportions and lose their edges' : ''),
    ],
  };
}
