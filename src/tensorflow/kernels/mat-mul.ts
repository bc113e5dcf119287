import * as tf from '@tensorflow/tfjs-core';
import { COMPILER, type Compiler } from '../compile.js';
import { execute, registerNativeKernel } from './native-kernel.js';
import { attribute } from './native-ops.js';

/**
 * The kernel of tf.matMul: in a graph two matrices are multiplied as such, where tfjs-node makes stacks of one of them.
 * TensorFlow's optimizer then fuses what follows (a bias, say) with the product.
 */
export function registerMatMul(): void {
  registerNativeKernel('BatchMatMul', ({ inputs: { a, b }, attrs: { transposeA, transposeB } }) => {
    const flags = (first: string, second: string) => [
      attribute('T', 'type', a!.dtype === 'int32' ? 3 : 1),
      attribute(first, 'bool', transposeA),
      attribute(second, 'bool', transposeB),
    ];
    const isMatrix = ({ shape }: tf.Tensor): boolean => shape.slice(0, -2).every((size) => size === 1);
    const compiler = (tf.backend() as { [COMPILER]?: Compiler })[COMPILER];
    if (!compiler?.tracing() || !isMatrix(a!) || !isMatrix(b!))
      return execute('BatchMatMulV2', flags('adj_x', 'adj_y'), [a!, b!], 1)[0]!;
    const rows = a!.shape.at(transposeA ? -1 : -2)!;
    const columns = b!.shape.at(transposeB ? -2 : -1)!;
    const matrices = [a!, b!].map((value) => tf.reshape(value, value.shape.slice(-2)));
    const [product] = execute('MatMul', flags('transpose_a', 'transpose_b'), matrices, 1);
    const outer = (a!.rank > b!.rank ? a! : b!).shape.slice(0, -2);
    const result = tf.reshape(product!, [...outer, rows, columns]);
    tf.dispose([...matrices, product!]);
    return result;
  });
}
