import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  elementType,
  encodeOnnx,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type PartialDeep,
} from '../../../src/models/onnx/index.js';

export type Node = PartialDeep<OnnxNode>;
export type Tensor = PartialDeep<OnnxTensor>;

/**
 * Writes a graph from 'x', pictures of `side` × `side`, to 'y'.
 *
 * @param images that it is for: one by default, or any number
 * @returns the file's path
 */
export async function writeGraph(
  folder: string,
  nodes: Node[],
  tensors: Tensor[],
  side: number,
  images: number | 'open' = 1,
): Promise<string> {
  const sizes = [3, side, side].map((dim_value) => ({ dim_value }));
  const dim = [images === 'open' ? { dim_param: 'images' } : { dim_value: images }, ...sizes];
  const model: PartialDeep<OnnxModel> = {
    ir_version: 8,
    opset_import: [{ domain: '', version: 17 }],
    graph: {
      name: 'graph',
      node: nodes,
      initializer: tensors,
      input: [{ name: 'x', type: { tensor_type: { elem_type: elementType.FLOAT, shape: { dim } } } }],
      output: [{ name: 'y' }],
    },
  };
  const path = join(folder, 'net.onnx');
  await writeFile(path, encodeOnnx(model));
  return path;
}

export const node = (op_type: string, input: string[], output: string[], more: Node = {}): Node => ({
  ...{ op_type, input, output, name: `the_${op_type}` },
  ...more,
});

export const floats = (name: string, dims: number[], values: number[]): Tensor => ({
  ...{ name, dims, data_type: elementType.FLOAT },
  raw_data: new Uint8Array(Float32Array.from(values).buffer),
});

export const integers = (name: string, values: number[], dims = [values.length]): Tensor => ({
  ...{ name, dims, data_type: elementType.INT64, int64_data: values },
});
