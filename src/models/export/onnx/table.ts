import { invalid } from '../../../errors.js';
import type { LayerExport } from './layer.js';
import { conv2d, conv2dTranspose, depthwiseConv2d, separableConv2d } from './layers/convolution.js';
import { dense } from './layers/dense.js';
import { concatenate, elementwise } from './layers/merging.js';
import { batchNormalization, layerNormalization } from './layers/normalization.js';
import { operation } from './layers/operation.js';
import * as own from './layers/own.js';
import * as pointwise from './layers/pointwise.js';
import { averagePooling2d, globalPooling1d, globalPooling2d, maxPooling2d } from './layers/pooling.js';
import * as shapes from './layers/shapes.js';

const table = new Map<string, LayerExport>([
  ['Activation', pointwise.activation],
  ['Add', elementwise('Add')],
  ['AlphaDropout', shapes.identity],
  ['Average', elementwise('Mean')],
  ['AveragePooling2D', averagePooling2d],
  ['BatchNormalization', batchNormalization],
  ['Concatenate', concatenate],
  ['Conv2D', conv2d],
  ['Conv2DTranspose', conv2dTranspose],
  ['Cropping2D', shapes.cropping2d],
  ['Dense', dense],
  ['DepthwiseConv2D', depthwiseConv2d],
  ['Dropout', shapes.identity],
  ['ELU', pointwise.elu],
  ['Flatten', shapes.flatten],
  ['GaussianDropout', shapes.identity],
  ['GaussianNoise', shapes.identity],
  ['Gelu', own.gelu],
  ['GlobalAveragePooling1D', globalPooling1d('ReduceMean')],
  ['GlobalAveragePooling2D', globalPooling2d('GlobalAveragePool')],
  ['GlobalMaxPooling1D', globalPooling1d('ReduceMax')],
  ['GlobalMaxPooling2D', globalPooling2d('GlobalMaxPool')],
  ['GridTokens', own.gridTokens],
  ['GroupedConv2D', own.groupedConv2d],
  ['HardSigmoidOf6', own.hard('HardSigmoid')],
  ['HardSwish', own.hard('HardSwish')],
  ['LayerNorm', layerNormalization],
  ['LayerNormalization', layerNormalization],
  ['LayerScale', own.layerScale],
  ['LeakyReLU', pointwise.leakyRelu],
  ['LearnedTokens', own.learnedTokens],
  ['MaxPooling2D', maxPooling2d],
  ['Maximum', elementwise('Max')],
  ['MeanOfPatches', own.meanOfPatches],
  ['Minimum', elementwise('Min')],
  ['Multiply', elementwise('Mul')],
  ...[
    ...['OnnxElementwise', 'OnnxReshape', 'OnnxPadding', 'OnnxReduction', 'OnnxNormalization'],
    ...['OnnxPooling', 'OnnxConvolution', 'OnnxProduct'],
  ].map((name): [string, LayerExport] => [name, operation]),
  ['PReLU', pointwise.prelu],
  ['Permute', shapes.permute],
  ['PositionEmbedding', own.positionEmbedding],
  ['ReLU', pointwise.relu],
  ['RepeatVector', shapes.repeatVector],
  ['Rescaling', pointwise.rescaling],
  ['Reshape', shapes.reshape],
  ['SelfAttention', own.selfAttention],
  ['SeparableConv2D', separableConv2d],
  ['Softmax', pointwise.softmax],
  ['SpatialDropout1D', shapes.identity],
  ['StochasticDepth', shapes.identity],
  ['TakeToken', own.takeToken],
  ['ThresholdedReLU', pointwise.thresholdedRelu],
  ['TokenGrid', own.tokenGrid],
  ['UpSampling2D', shapes.upSampling2d],
  ['ZeroPadding2D', shapes.zeroPadding2d],
]);

/** How a layer of a class is written, if it can be. */
export function exportOf(className: string): LayerExport | undefined {
  return table.get(className);
}

/**
 * Tells the export how a layer of somebody's own is written as ONNX.
 *
 * @param className as the layer's getClassName() gives it
 * @throws InvalidInput for a class that is there already
 */
export function registerOnnxLayer(className: string, write: LayerExport): void {
  if (table.has(className)) throw invalid('className', 'a layer that has not been registered', className);
  table.set(className, write);
}
