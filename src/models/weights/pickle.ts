import { Failure } from '../../errors.js';
import { type PickleReader, pickleReader } from './pickle-reader.js';
import { type PickleStack, pickleStack } from './pickle-stack.js';

/** A class or function that a pickle names. It is never looked up, only compared. */
export class Reference {
  constructor(readonly name: string) {}
}

/** What calling a referenced class or function would have made. */
export class Made {
  state: unknown;
  constructor(
    readonly by: string,
    readonly from: unknown[],
  ) {}
}

export type Dictionary = Map<unknown, unknown>;

/** Of a state_dict a tensor takes about forty. What every operation makes is small, so this bounds time and memory. */
const mostOperations = 2_000_000;

/**
 * Reads Python's pickle format, protocols 2 to 5, without running anything: classes and functions stay names, calls
 * become records of what would have been called (an OrderedDict becomes a Map).
 *
 * @param external gives the value of a persistent id (torch: the storage of a tensor)
 * @throws Failure where the data is broken or uses an operation that tensors and dictionaries do not need
 * @see https://github.com/python/cpython/blob/main/Lib/pickletools.py (the operations)
 */
export function unpickle(bytes: Uint8Array, external: (id: unknown) => unknown): unknown {
  const machine: Machine = { read: pickleReader(bytes), stack: pickleStack(), memo: new Map(), external };
  for (let count = 0; count < mostOperations; count++) {
    const code = machine.read.uint8();
    if (code === STOP) return machine.stack.pop();
    const operation = operations.get(code);
    if (!operation)
      throw new Failure(`the pickle has the operation 0x${code.toString(16)}, which state_dicts do not need`);
    operation(machine);
  }
  throw new Failure(`the pickle has more than ${mostOperations} operations`);
}

interface Machine {
  read: PickleReader;
  stack: PickleStack;
  memo: Map<number, unknown>;
  external: (id: unknown) => unknown;
}

type Operation = (machine: Machine) => void;

/** An operation that puts down what it reads. */
const put =
  (value: (read: PickleReader) => unknown): Operation =>
  ({ read, stack }) =>
    stack.push(value(read));

/** One that makes a tuple of the last values. */
const tuple =
  (count: number): Operation =>
  ({ stack }) =>
    stack.push(Array.from({ length: count }, () => stack.pop()).reverse());

const memoize =
  (index: (machine: Machine) => number): Operation =>
  (machine) =>
    machine.memo.set(index(machine), machine.stack.top());

const recall =
  (index: (read: PickleReader) => number): Operation =>
  ({ read, stack, memo }) => {
    const at = index(read);
    if (!memo.has(at)) throw new Failure('the pickle refers to what it has not made');
    stack.push(memo.get(at));
  };

/** REDUCE and NEWOBJ. */
const call: Operation = ({ stack }) => {
  const given = stack.pop();
  stack.push(called(stack.pop(), given));
};

const STOP = 0x2e;

/** By their codes, under the names that pickletools gives them. */
const operations = new Map<number, Operation>([
  [0x80, ({ read }) => read.skip(1)], // PROTO
  [0x95, ({ read }) => read.skip(8)], // FRAME

  [letter('N'), put(() => null)], // NONE
  [0x88, put(() => true)], // NEWTRUE
  [0x89, put(() => false)], // NEWFALSE
  [letter('J'), put((read) => read.int32())], // BININT
  [letter('K'), put((read) => read.uint8())], // BININT1
  [letter('M'), put((read) => read.uint16())], // BININT2
  [0x8a, put((read) => read.long(read.uint8()))], // LONG1
  [letter('G'), put((read) => read.float64())], // BINFLOAT
  [letter('X'), put((read) => read.string(read.uint32()))], // BINUNICODE
  [letter('T'), put((read) => read.string(read.uint32()))], // BINSTRING
  [0x8c, put((read) => read.string(read.uint8()))], // SHORT_BINUNICODE
  [letter('U'), put((read) => read.string(read.uint8()))], // SHORT_BINSTRING
  [0x8d, put((read) => read.string(read.uint64()))], // BINUNICODE8
  [letter('B'), put((read) => read.slice(read.uint32()))], // BINBYTES
  [letter('C'), put((read) => read.slice(read.uint8()))], // SHORT_BINBYTES

  [letter('('), ({ stack }) => stack.mark()], // MARK
  [letter('0'), ({ stack }) => stack.discard()], // POP
  [letter('2'), ({ stack }) => stack.push(stack.top())], // DUP

  [letter(')'), put(() => [])], // EMPTY_TUPLE
  [letter('t'), ({ stack }) => stack.push(stack.popToMark())], // TUPLE
  [0x85, tuple(1)], // TUPLE1
  [0x86, tuple(2)], // TUPLE2
  [0x87, tuple(3)], // TUPLE3
  [letter(']'), put(() => [])], // EMPTY_LIST
  [0x8f, put(() => [])], // EMPTY_SET
  [letter('a'), ({ stack }) => append(stack, [stack.pop()])], // APPEND
  [letter('e'), ({ stack }) => append(stack, stack.popToMark())], // APPENDS
  [0x90, ({ stack }) => append(stack, stack.popToMark())], // ADDITEMS
  [letter('}'), put(() => new Map())], // EMPTY_DICT
  [letter('s'), setItem], // SETITEM
  [letter('u'), ({ stack }) => setItems(stack, stack.popToMark())], // SETITEMS

  [letter('q'), memoize(({ read }) => read.uint8())], // BINPUT
  [letter('r'), memoize(({ read }) => read.uint32())], // LONG_BINPUT
  [0x94, memoize(({ memo }) => memo.size)], // MEMOIZE
  [letter('h'), recall((read) => read.uint8())], // BINGET
  [letter('j'), recall((read) => read.uint32())], // LONG_BINGET

  [letter('c'), put((read) => new Reference(`${read.line()}.${read.line()}`))], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [letter('R'), call], // REDUCE
  [0x81, call], // NEWOBJ
  [letter('b'), build], // BUILD
  [letter('Q'), ({ stack, external }) => stack.push(external(stack.pop()))], // BINPERSID
]);

function letter(text: string): number {
  return text.charCodeAt(0);
}

function append(stack: PickleStack, items: unknown[]): void {
  const target = stack.top();
  if (!Array.isArray(target)) return;
  for (const item of items) target.push(item);
}

function setItem({ stack }: Machine): void {
  const value = stack.pop();
  setItems(stack, [stack.pop(), value]);
}

function setItems(stack: PickleStack, items: unknown[]): void {
  const target = stack.top();
  for (let index = 0; index + 1 < items.length; index += 2) {
    if (target instanceof Map) target.set(items[index], items[index + 1]);
  }
}

function stackGlobal({ stack }: Machine): void {
  const [last, first] = [stack.pop(), stack.pop()];
  if (typeof last !== 'string' || typeof first !== 'string')
    throw new Failure('the pickle calls something that is not a name');
  stack.push(new Reference(`${first}.${last}`));
}

function build({ stack }: Machine): void {
  const state = stack.pop();
  const target = stack.top();
  if (target instanceof Made) target.state = state;
}

function called(callable: unknown, given: unknown): Dictionary | Made {
  const by = callable instanceof Reference ? callable.name : 'unknown';
  const from = Array.isArray(given) ? (given as unknown[]) : [];
  if (by !== 'collections.OrderedDict') return new Made(by, from);
  const pairs = from[0] ?? [];
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair))) {
    throw new Failure('the pickle makes a dictionary of something else than pairs');
  }
  return new Map(pairs as [unknown, unknown][]);
}
