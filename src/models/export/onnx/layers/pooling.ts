import { asImage, ordered, settled } from '../arrange.js';
import { settingsOf, type LayerExport } from '../layer.js';
import { imageOrder, plainOrder } from '../value.js';
import { overImage } from '../window.js';

interface Pooling {
  poolSize: number[];
  strides: number[];
  padding: string;
  dataFormat: keyof typeof imageOrder;
}

/** MaxPooling2D. Zeros around what is never below 0 are what MaxPool's own pads are: nothing that could be the largest. */
export const maxPooling2d: LayerExport = ({ layer, writer, shape }, [input]) => {
  const window = windowOf(layer);
  const [height, width] = window.kernel as [number, number];
  const { image, attributes } = overImage(writer, input!, window, ({ top, left, bottom, right }) => {
    const reachesImage = Math.max(top, bottom) < height && Math.max(left, right) < width;
    return window.padding === 'valid' && input!.nonNegative === true && reachesImage;
  });
  const { name, nonNegative } = settled(writer, image);
  const order = imageOrder[window.dataFormat];
  return {
    name: writer.node(layer.name, 'MaxPool', [name], attributes),
    shape,
    order,
    nonNegative,
  };
};

/** AveragePooling2D: the average of what lies inside the image; zeros that a layer before it adds count. */
export const averagePooling2d: LayerExport = ({ layer, writer, shape }, [input]) => {
  const window = windowOf(layer);
  const { image, attributes } = overImage(writer, input!, window, () => false);
  const { name, nonNegative } = settled(writer, image);
  const order = imageOrder[window.dataFormat];
  return {
    name: writer.node(layer.name, 'AveragePool', [name], { ...attributes, count_include_pad: 0 }),
    shape,
    order,
    nonNegative,
  };
};

/** GlobalAveragePooling2D, GlobalMaxPooling2D: [N, C]. */
export function globalPooling2d(operator: 'GlobalAveragePool' | 'GlobalMaxPool'): LayerExport {
  return ({ layer, writer, shape }, [input]) => {
    const { dataFormat } = settingsOf<Pooling>(layer);
    const image = settled(writer, asImage(writer, input!, dataFormat));
    const pooled = writer.node(layer.name, operator, [image.name]);
    const name = writer.node(layer.name, 'Flatten', [pooled], { axis: 1 });
    return { name, shape, order: plainOrder(shape), nonNegative: image.nonNegative };
  };
}

/** GlobalAveragePooling1D, GlobalMaxPooling1D: [N, T, C] → [N, C]. */
export function globalPooling1d(operator: 'ReduceMean' | 'ReduceMax'): LayerExport {
  return ({ layer, writer, shape }, [input]) => {
    const sequence = ordered(writer, settled(writer, input!), plainOrder(input!.shape));
    const name = writer.node(layer.name, operator, [sequence.name], { axes: [1], keepdims: 0 });
    return { name, shape, order: plainOrder(shape) };
  };
}

function windowOf(layer: Parameters<LayerExport>[0]['layer']) {
  const { poolSize, strides, padding, dataFormat } = settingsOf<Pooling>(layer);
  return { kernel: poolSize, strides, padding, dataFormat };
}
