import { Failure } from '../../errors.js';
import type { HubConfig } from '../hub-config.js';
import type { Preprocessing } from '../classifier/index.js';
import { checkPreprocessing, torchvisionPreprocessing } from '../preprocessing.js';

export interface Preparation {
  preprocessing: Preprocessing;
  classNames?: string[];
  notes: string[];
}

/**
 * How images become the input of an ONNX file, and its class names: what camtune's export wrote into the file, else what
 * the files beside it say, else torchvision's way.
 *
 * @throws Failure where the file's own words cannot be understood
 */
export function preparation(
  metadata: readonly { key: string; value: string }[],
  path: string,
  beside?: HubConfig,
): Preparation {
  const written = new Map(metadata.map(({ key, value }) => [key, value]));
  const classNames = namesFrom(written.get('class_names'), path) ?? beside?.classNames;
  const names = classNames && { classNames };
  const pixels = parsed(written.get('pixel_values'), path, 'pixel_values');
  if (pixels !== undefined) {
    const { resize, crop, interpolation, scale, mean, std } = (pixels ?? {}) as Record<string, unknown>;
    const side = Array.isArray(crop) ? Math.max(...(crop as number[])) : crop;
    const preprocessing: unknown = { resize, crop: side, interpolation, channels: 'RGB', scale, mean, std };
    checkPreprocessing(preprocessing, `${path}: its metadata's pixel_values`);
    return { preprocessing, ...names, notes: [] };
  }
  if (beside?.preprocessing) return { preprocessing: beside.preprocessing, ...names, notes: beside.notes };
  return {
    preprocessing: torchvisionPreprocessing,
    ...names,
    notes: ["an ONNX file does not say how images are prepared: torchvision's way is assumed"],
  };
}

function namesFrom(text: string | undefined, path: string): string[] | undefined {
  const names = parsed(text, path, 'class_names');
  if (names === undefined) return undefined;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  throw new Failure(`${path}: its metadata's class_names: expected a list of texts`);
}

function parsed(text: string | undefined, path: string, key: string): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Others may use the same key for something else.
    throw new Failure(`${path}: its metadata's ${key}: expected JSON`);
  }
}
