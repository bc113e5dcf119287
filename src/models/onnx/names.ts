import type { Node } from './node.js';

/** Names that exporters make up for values that had none. */
const madeUp = /^(onnx::|val_|_val_|node_|getitem|\d+$|_?to_copy|\/?Constant|Identity|expand)/;

/** Constants of the program, which exporters name after the call that made them: nothing that is trained. */
export const computed =
  /(^|_)(scalar_tensor|lift_fresh_copy|_tensor_constant|arange|full|(new_)?zeros|(new_)?ones|slice_scatter|select_scatter|index_put|masked_fill)(_\w+)?$|_default(_\d+)?$/;

/** Values that the dynamo exporter has computed of parameters, which it names after the last operation. */
export const fromParameters =
  /^(add|sub|rsub|mul|div|neg|pow|exp|log|sqrt|rsqrt|reciprocal|sigmoid|tanh|softmax|softplus|clamp)(_\d+)?$/;

/**
 * The name of the layer that a node becomes: that of the parameter's owner in the source ('layer1.0.conv1' for
 * 'layer1.0.conv1.weight'), else the scope that the exporter wrote into the node's name, else the node's name itself.
 *
 * @param parameters names of the initializers that the node uses
 */
export function layerName(node: Node, parameters: (string | undefined)[]): string {
  for (const parameter of parameters) {
    if (parameter === undefined || madeUp.test(parameter)) continue;
    return clean(
      parameter.replace(/[./](weight|bias|kernel|gamma|beta|in_proj_weight|in_proj_bias)(:0)?$/, ''),
    );
  }
  return clean(scope(node.name) || node.outputs[0] || node.type);
}

/** '/layer1/layer1.0/conv1/Conv' is layer1.0.conv1: a part that begins with the one before it stands for both. */
function scope(name: string): string {
  if (!name.startsWith('/')) return name;
  const parts = name.slice(1).split('/');
  const last = parts.pop()!;
  const joined: string[] = [];
  for (const part of parts) {
    const outer = joined.at(-1);
    if (outer !== undefined && part.startsWith(`${outer}.`)) joined.pop();
    joined.push(part);
  }
  const path = joined.join('.');
  // What a module computes beside its own layers keeps the operator's name: several of them share the module's.
  return /^(Conv|Gemm|MatMul|BatchNormalization|LayerNormalization)$/.test(last)
    ? path || last
    : `${path}.${last}`.replace(/^\./, '');
}

// tfjs has its own idea of names.
function clean(name: string): string {
  return name.replace(/[^\w./-]/g, '_').replace(/^[^A-Za-z0-9]+/, '') || 'layer';
}
