import type { OnnxNode } from '../messages.js';
import { bothWays, near, type Pattern } from './pattern.js';
import type { GraphContext } from './graph-context.js';

/** x · (Erf(x / √2) + 1) · 0.5, in whatever order the factors are multiplied. */
export const gelu: Pattern = (last, around) => {
  const product = factorsOf(last, around);
  const half = product?.factors.findIndex((name) => near(around.scalar(name), 0.5)) ?? -1;
  if (!product || half < 0) return undefined;
  const [a, b] = product.factors.filter((_, index) => index !== half) as [string, string];
  for (const [x, sum] of [[a, b], [b, a]] as const) {
    const parts = normalDistribution(sum, x, around);
    if (parts) return { parts: [...parts, product.inner], last, type: 'Gelu', input: [x] };
  } // prettier-ignore
  return undefined;
};

/** The nodes of Erf(x / √2) + 1. */
function normalDistribution(name: string, x: string, { only, scalar }: GraphContext): OnnxNode[] | undefined {
  const sum = only(name, 'Add');
  for (const [curve, one] of sum ? bothWays(sum) : []) {
    const erf = only(curve, 'Erf');
    const inside = erf?.input[0];
    const scaled = only(inside, 'Div') ?? only(inside, 'Mul');
    if (erf && scaled && near(scalar(one), 1) && isOverRootOfTwo(scaled)) return [sum!, erf, scaled];
  }
  return undefined;

  function isOverRootOfTwo(node: OnnxNode): boolean {
    if (node.op_type === 'Div') return node.input[0] === x && near(scalar(node.input[1]), Math.SQRT2);
    return bothWays(node).some(([a, b]) => a === x && near(scalar(b), Math.SQRT1_2));
  }
}

/** What a product of products multiplies, if nobody else needs the inner one. */
function factorsOf(
  last: OnnxNode,
  { only }: GraphContext,
): { factors: string[]; inner: OnnxNode } | undefined {
  if (last.op_type !== 'Mul') return undefined;
  for (const [name, other] of bothWays(last)) {
    const inner = only(name, 'Mul');
    if (inner) return { factors: [...inner.input, other], inner };
  }
  return undefined;
}
