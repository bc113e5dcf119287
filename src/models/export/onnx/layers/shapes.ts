import { asImage, reshaped, settled } from '../arrange.js';
import { settingsOf, type LayerExport } from '../layer.js';
import type { imageOrder } from '../value.js';
import { plainOrder, type Value } from '../value.js';

type Format = { dataFormat: keyof typeof imageOrder };
type Sides = [[number, number], [number, number]];

/** What leaves the values as they are when a network is used: dropout, noise. */
export const identity: LayerExport = (_, [input]) => input!;

/** ZeroPadding2D: left to the next layer, if that can take it. */
export const zeroPadding2d: LayerExport = ({ layer, writer, shape }, [input]) => {
  const { padding, dataFormat } = settingsOf<Format & { padding: Sides }>(layer);
  const given = asImage(writer, input!, dataFormat);
  const { top = 0, left = 0, bottom = 0, right = 0 } = given.padding ?? {};
  const [[above, below], [before, behind]] = padding;
  const sum = { top: top + above, left: left + before, bottom: bottom + below, right: right + behind };
  return { ...given, shape, padding: sum };
};

/** Cropping2D. */
export const cropping2d: LayerExport = ({ layer, writer, shape }, [input]) => {
  const { cropping, dataFormat } = settingsOf<Format & { cropping: Sides }>(layer);
  const image = settled(writer, asImage(writer, input!, dataFormat));
  const starts = writer.integers(cropping.map(([start]) => start));
  const ends = writer.integers(cropping.map(([, end]) => (end === 0 ? 2 ** 31 - 1 : -end)));
  const name = writer.node(layer.name, 'Slice', [image.name, starts, ends, writer.integers([2, 3])]);
  return { ...image, name, shape };
};

/** Flatten: the values stay where they are, and the next layer is told their order. */
export const flatten: LayerExport = ({ layer, writer, shape }, [input]) => {
  const { dataFormat } = settingsOf<Partial<Format>>(layer);
  const given = settled(writer, input!);
  const rank = given.shape.length;
  const moved = dataFormat === 'channelsFirst' && rank > 1;
  const dims = [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2), 1];
  const value = moved ? permuted(given, dims) : given;
  const name = writer.node(layer.name, 'Flatten', [value.name], { axis: 1 });
  const result: Value = { name, shape, order: [0, 1], nonNegative: value.nonNegative };
  const large = value.order.filter((axis) => value.shape[axis] !== 1);
  if (large.every((axis, index) => index === 0 || axis > large[index - 1]!)) return result;
  return { ...result, flattened: { shape: value.shape, order: value.order } };
};

/** Reshape. */
export const reshape: LayerExport = ({ writer, shape }, [input]) => reshaped(writer, input!, shape);

/** Permute: no values are moved, the axes only get other numbers. */
export const permute: LayerExport = ({ layer, writer }, [input]) => {
  const { dims } = settingsOf<{ dims: number[] }>(layer);
  return permuted(settled(writer, input!), [0, ...dims]);
};

/** RepeatVector: [N, F] → [N, n, F]. */
export const repeatVector: LayerExport = ({ layer, writer, shape }, [input]) => {
  const { n } = settingsOf<{ n: number }>(layer);
  const value = settled(writer, input!);
  const wider = writer.node(layer.name, 'Unsqueeze', [value.name, writer.integers([1])]);
  const name = writer.node(layer.name, 'Tile', [wider, writer.integers([1, n, 1])]);
  return { name, shape, order: plainOrder(shape) };
};

/** UpSampling2D. */
export const upSampling2d: LayerExport = ({ layer, writer, shape }, [input]) => {
  const settings = settingsOf<Format & { size: number[]; interpolation: string }>(layer);
  const image = settled(writer, asImage(writer, input!, settings.dataFormat));
  const [height, width] = settings.size as [number, number];
  const scales = writer.floats([1, 1, height, width]);
  const isNearest = settings.interpolation === 'nearest';
  const name = writer.node(layer.name, 'Resize', [image.name, '', scales], {
    mode: isNearest ? 'nearest' : 'linear',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: isNearest ? 'floor' : undefined,
  });
  return { ...image, name, shape };
};

/** A value whose axes have other numbers. */
export function permuted({ shape, order, ...rest }: Value, dims: readonly number[]): Value {
  return { ...rest, shape: dims.map((axis) => shape[axis]!), order: order.map((axis) => dims.indexOf(axis)) };
}
