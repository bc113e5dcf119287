import { isTensor } from '../network.js';
import { batchAxis, isBatch, type Size, type Value } from '../values.js';
import { aligned, axisInMemory, input } from './arguments.js';
import { turned } from './arrange.js';
import type { Call, Handlers } from './handler.js';
import { batched, matMul } from './product.js';
import { reshaped } from './reshaped.js';

/** A value whose axes have letters. */
interface Lettered {
  value: Value;
  letters: string[];
}

/** Sums of products, two inputs at a time. */
function einsum(call: Call): Value {
  const { node } = call;
  const values = node.inputs.map((_, index) => input(call, index));
  const { terms, out } = parsed(call, values);
  let left: Lettered = { value: values[0]!, letters: terms[0]! };
  for (let index = 1; index < values.length; index++) {
    const later = new Set([...out, ...terms.slice(index + 1).flat()]);
    left = contracted(call, left, { value: values[index]!, letters: terms[index]! }, later);
  }
  const { value, letters } = summed(call, left, new Set(out));
  return turned(
    call,
    value,
    out.map((letter) => letters.indexOf(letter)),
  );
}

/** The letters of each input's axes and of the result's; '...' gets letters of its own. */
function parsed({ node }: Call, values: Value[]): { terms: string[][]; out: string[] } {
  const equation = node.text('equation').replace(/\s/g, '');
  const refuse = (why: string) => node.refuse(`computes '${equation.slice(0, 100)}', ${why}`);
  const [left, right, ...more] = equation.split('->');
  const given = left!.split(',');
  if (more.length > 0 || given.length !== values.length) throw refuse('which does not fit its inputs');
  let most = 0;
  const whole = given.map((term, index) => {
    const { length } = values[index]!.shape;
    if (!term.includes('...')) return { term, hidden: 0 };
    const hidden = length - (term.length - 3);
    most = Math.max(most, hidden);
    return { term, hidden };
  });
  // The axes that '...' stands for are counted from the last one.
  const dots = (hidden: number) => Array.from({ length: hidden }, (_, at) => `.${most - hidden + at}`);
  const lettersOf = (term: string, hidden: number) => {
    const [before, behind = ''] = term.split('...');
    return term.includes('...') ? [...before!, ...dots(hidden), ...behind] : [...term];
  };
  const terms = whole.map(({ term, hidden }) => lettersOf(term, hidden));
  terms.forEach((letters, index) => {
    if (letters.length !== values[index]!.shape.length) throw refuse('which does not fit its inputs');
    if (new Set(letters).size !== letters.length) throw refuse('with a letter twice in one input');
  });
  const all = terms.flat();
  const once = [...new Set(all)].filter(
    (letter) => letter.length === 1 && all.indexOf(letter) === all.lastIndexOf(letter),
  );
  const out = right === undefined ? [...dots(most), ...once.sort()] : lettersOf(right, most);
  if (new Set(out).size !== out.length || !out.every((letter) => all.includes(letter)))
    throw refuse('whose result has axes of no input');
  return { terms, out };
}

/** The product of two, summed over what nothing else needs. */
function contracted(call: Call, a: Lettered, b: Lettered, later: Set<string>): Lettered {
  const left = summed(call, a, new Set([...later, ...b.letters]));
  const right = summed(call, b, new Set([...later, ...a.letters]));
  const both = left.letters.filter((letter) => right.letters.includes(letter));
  const gone = both.filter((letter) => !later.has(letter));
  if (gone.length === 0) return multiplied(call, left, right);
  const rows = left.letters.filter((letter) => !right.letters.includes(letter));
  const columns = right.letters.filter((letter) => !left.letters.includes(letter));
  let outer = both.filter((letter) => later.has(letter));
  const sizes = new Map([...sizesOf(right), ...sizesOf(left)]);
  const count = (letters: string[]) =>
    letters.reduce((product: Size, letter): Size => {
      const size = sizes.get(letter)!;
      if (isBatch(size)) return { batches: size.batches * (product as number) };
      return isBatch(product) ? { batches: product.batches * size } : product * size;
    }, 1);
  const arranged = ({ value, letters }: Lettered, order: string[]) =>
    turned(
      call,
      value,
      order.map((letter) => letters.indexOf(letter)),
    );
  // Weights, whose product with all that is not summed is one matrix.
  if (outer.length === 0 && right.value.kind === 'constant' && isTensor(left.value) && isBatch(count(rows))) {
    const x = reshaped(call, arranged(left, [...rows, ...gone]), [count(rows), count(gone)]);
    const w = reshaped(call, arranged(right, [...gone, ...columns]), [count(gone), count(columns)]);
    const y = matMul({ ...call, inputs: [x, w] });
    const letters = [...rows, ...columns];
    return {
      value: reshaped(
        call,
        y,
        letters.map((letter) => sizes.get(letter)!),
      ),
      letters,
    };
  }
  // The batch stays an axis of its own: where one side lacks it, it is 1 there.
  const batch = [left, right].flatMap(({ value, letters }) =>
    value.kind === 'tensor' ? [letters[batchAxis(value)]!] : [],
  )[0];
  if (batch !== undefined && gone.includes(batch)) throw call.node.refuse('sums over the images of a batch');
  outer = batch === undefined ? outer : [batch, ...outer.filter((letter) => letter !== batch)];
  const side = (given: Lettered, letters: string[], tail: [string[], string[]]) => {
    const present = outer.filter((letter) => given.letters.includes(letter));
    const own = tail.map((list) => list.filter((letter) => letter !== batch)) as [string[], string[]];
    const value = arranged(given, [...present, ...own[0], ...own[1]]);
    const lead = outer.map((letter): Size => (letters.includes(letter) ? sizes.get(letter)! : 1));
    return reshaped(call, value, [...lead, count(own[0]), count(own[1])]);
  };
  const [x, y] = [side(left, left.letters, [rows, gone]), side(right, right.letters, [gone, columns])];
  const letters = [...outer, ...[...rows, ...columns].filter((letter) => letter !== batch)];
  return {
    value: reshaped(
      call,
      batched(call, x, y),
      letters.map((letter) => sizes.get(letter)!),
    ),
    letters,
  };
}

function multiplied(call: Call, left: Lettered, right: Lettered): Lettered {
  const letters = [...new Set([...left.letters, ...right.letters])];
  const spread = ({ value, letters: own }: Lettered) => {
    const order = letters.filter((letter) => own.includes(letter)).map((letter) => own.indexOf(letter));
    const arranged = turned(call, value, order);
    let at = 0;
    const shape = letters.map((letter): Size => (own.includes(letter) ? arranged.shape[at++]! : 1));
    return reshaped(call, arranged, shape);
  };
  const { values, shape, order } = aligned(call.node, call.network, [spread(left), spread(right)]);
  return { value: call.network.operation(call.node, 'mul', {}, values, shape, order), letters };
}

/** The sum over the letters that nobody needs. */
function summed(call: Call, { value, letters }: Lettered, needed: Set<string>): Lettered {
  const gone = letters.filter((letter) => !needed.has(letter));
  if (gone.length === 0) return { value, letters };
  const axes = gone.map((letter) => letters.indexOf(letter));
  const shape = value.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const places = axes.map((axis) => axisInMemory(call, value, axis));
  const kept = call.network.operation(call.node, 'reduceSum', { axes: places, keep: true }, [value], shape);
  const left = letters.filter((letter) => needed.has(letter));
  return {
    value: reshaped(
      call,
      kept,
      shape.filter((_, axis) => !axes.includes(axis)),
    ),
    letters: left,
  };
}

function sizesOf({ value, letters }: Lettered): [string, Size][] {
  return letters.map((letter, axis): [string, Size] => [letter, value.shape[axis]!]);
}

/** Sums of products by letters. */
export const einsums: Handlers = { Einsum: einsum };
