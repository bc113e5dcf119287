import { bothWays, type Pattern } from './pattern.js';

/** x · Sigmoid(x). */
export const swish: Pattern = (last, { only }) => {
  if (last.op_type !== 'Mul') return undefined;
  for (const [gate, x] of bothWays(last)) {
    const sigmoid = only(gate, 'Sigmoid');
    if (sigmoid?.input[0] === x) return { parts: [sigmoid], last, type: 'Swish', input: [x] };
  }
  return undefined;
};
