/** What an operation counts as, in the order of the table. The first pattern that fits holds. */
export const kinds: readonly (readonly [kind: string, operations: RegExp])[] = [
  ['convolution', /^_?(Mkl|Fused|Native|Pad|With)*(DepthwiseConv2dNative|Conv2D)$|CamtuneWinograd$/],
  ['convolution, gradient of its input', /Conv2d?D?.*BackpropInput|WinogradInputGrad/i],
  ['convolution, gradient of its weights', /Conv2d?D?.*BackpropFilter|Camtune.*FilterGrad/i],
  ['batch norm', /(FusedBatchNorm(V3|Ex)?|CamtuneMoments|CamtuneNormalize(Add)?)$/],
  ['batch norm, gradient', /FusedBatchNormGrad|CamtuneBatchNormGrad/],
  ['matrix product', /MatMul/],
  ['ReLU and its gradient', /(Relu6?|AddRelu)(Grad)?$/],
  ['pooling and its gradient', /(Max|Avg)Pool/],
  ['update of weights', /^ResourceApply/],
  [
    'other element-wise',
    /^_?(Mkl|Native|Fused|Camtune)*((To|From)Bfloat16|Add(V2|N)?|Sub|Mul|RealDiv|Div|Square|SquaredDifference|Rsqrt|RsqrtGrad|Sqrt|Exp|Erf|Tanh|TanhGrad|Sigmoid|SigmoidGrad|Swish|Neg|Maximum|Minimum|Select(V2)?|BiasAdd|BiasAddGrad|Softmax|LogSoftmax|LayerNorm|Pow|Greater|GreaterEqual|Less|LessEqual|LogicalAnd|LogicalNot|Cast|ClipByValue)$/,
  ],
  ['sums and means', /^(Sum|Mean|Max|Any|All|Prod)$/],
  [
    'copies (transpose, pad, slice)',
    /^_?(Mkl)?(Transpose|CamtuneSubsample|Pad|PadV2|Slice|StridedSlice|BroadcastTo|Tile|Concat(V2)?|Split(V)?|Pack|Unpack|Gather(V2)?)$/,
  ],
];

export const REST = 'rest';

/** @param operation of TensorFlow */
export function kindOf(operation: string): string {
  return kinds.find(([, operations]) => operations.test(operation))?.[0] ?? REST;
}
