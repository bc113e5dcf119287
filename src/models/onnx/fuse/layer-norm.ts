import type { OnnxNode } from '../messages.js';
import { numberOf } from '../tensors.js';
import { bothWays, floatAttribute, near, type Pattern } from './pattern.js';
import type { GraphContext } from './graph-context.js';

/** (x − mean) / √(mean((x − mean)²) + ε) over the last axis, with · gamma and + beta where they follow. */
export const layerNorm: Pattern = (quotient, around) => {
  if (quotient.op_type !== 'Div') return undefined;
  const { maker, only, uses, scalar } = around;
  const [centered, deviation] = quotient.input as [string, string];
  const root = only(deviation, 'Sqrt');
  const sum = only(root?.input[0], 'Add');
  const [varianceName, epsilonName] = (sum && bothWays(sum).find(([, b]) => scalar(b) !== undefined)) ?? [];
  const variance = only(varianceName, 'ReduceMean');
  const square = only(variance?.input[0], 'Pow') ?? only(variance?.input[0], 'Mul');
  const difference = maker(centered);
  if (!root || !sum || !variance || !square || difference?.op_type !== 'Sub') return undefined;
  const [x, meanName] = difference.input as [string, string];
  const mean = only(meanName, 'ReduceMean');
  const isSquare =
    square.op_type === 'Pow'
      ? square.input[0] === centered && near(scalar(square.input[1]), 2)
      : square.input.every((name) => name === centered);
  const inSquare = square.input.filter((name) => name === centered).length;
  if (!isSquare || mean?.input[0] !== x || uses(centered) !== inSquare + 1) return undefined;
  if (![mean, variance].every((node) => isOverLastAxis(node, around))) return undefined;
  const parts = [mean, difference, square, variance, sum, root];
  const attribute = [floatAttribute('epsilon', scalar(epsilonName)!)];
  const affine = affineBehind(quotient, around);
  const last = affine.at(-1)?.node ?? quotient;
  const dropped = [quotient, ...affine.map(({ node }) => node)].filter((node) => node !== last);
  const input = [x, ...affine.map(({ vector }) => vector)];
  return { parts: [...parts, ...dropped], last, type: 'LayerNormalization', input, attribute };
};

/** The product with a vector behind a node, and the sum with one behind that. */
function affineBehind(
  quotient: OnnxNode,
  { user, isVector }: GraphContext,
): { node: OnnxNode; vector: string }[] {
  const found: { node: OnnxNode; vector: string }[] = [];
  for (const type of ['Mul', 'Add']) {
    const [before] = (found.at(-1)?.node ?? quotient).output as [string];
    const node = user(before, type);
    const vector = node?.input.find((name) => name !== before);
    if (!node || vector === undefined || !isVector(vector)) break;
    found.push({ node, vector });
  }
  return found;
}

function isOverLastAxis({ input, attribute }: OnnxNode, { scalar }: GraphContext): boolean {
  const keeps = attribute.find(({ name }) => name === 'keepdims');
  const axes = attribute.find(({ name }) => name === 'axes')?.ints.map(numberOf) ?? [scalar(input[1])];
  return (!keeps || numberOf(keeps.i) === 1) && axes.join() === '-1';
}
