import { Failure } from '../../errors.js';

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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder();
  const memo = new Map<number, unknown>();
  const stack: unknown[] = [];
  /** Heights of the stack at which a mark stands. */
  const marks: number[] = [];
  let at = 0;

  const take = (length: number): number => {
    if (at + length > bytes.length) throw new Failure('the pickle ends early');
    at += length;
    return at - length;
  };
  const uint8 = () => view.getUint8(take(1));
  const uint32 = () => view.getUint32(take(4), true);
  const uint64 = () => Number(view.getBigUint64(take(8), true));
  const slice = (length: number) => bytes.subarray(take(length), at);
  const string = (length: number) => text.decode(slice(length));
  const line = () => {
    const end = bytes.indexOf(10, at);
    if (end < 0) throw new Failure('the pickle ends early');
    const content = string(end - at);
    at++;
    return content;
  };
  const pop = (): unknown => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw new Failure('the pickle takes from an empty stack');
    return stack.pop();
  };
  // POP takes a mark away where one is on top, as Python's does.
  const discard = () => (stack.length === marks.at(-1) ? marks.pop() : pop());
  const popToMark = (): unknown[] => {
    const from = marks.pop();
    if (from === undefined) throw new Failure('the pickle lacks a mark');
    return stack.splice(from);
  };
  const recall = (index: number): unknown => {
    if (!memo.has(index)) throw new Failure('the pickle refers to what it has not made');
    return memo.get(index);
  };
  const name = (): string => {
    const value = pop();
    if (typeof value !== 'string') throw new Failure('the pickle calls something that is not a name');
    return value;
  };
  const top = (): unknown => {
    if (stack.length === 0) throw new Failure('the pickle takes from an empty stack');
    return stack.at(-1);
  };
  const push = (value: unknown) => stack.push(value);
  const setItems = (items: unknown[]) => {
    const target = top();
    for (let index = 0; index + 1 < items.length; index += 2) {
      if (target instanceof Map) target.set(items[index], items[index + 1]);
    }
  };
  const append = (items: unknown[]) => {
    const target = top();
    if (!Array.isArray(target)) return;
    for (const item of items) target.push(item);
  };
  const long = (length: number) => {
    const digits = slice(length);
    return Number(
      BigInt.asIntN(
        8 * length,
        digits.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
      ),
    );
  };
  const call = (callable: unknown, given: unknown) => {
    const by = callable instanceof Reference ? callable.name : 'unknown';
    const from = Array.isArray(given) ? (given as unknown[]) : [];
    if (by !== 'collections.OrderedDict') return new Made(by, from);
    const pairs = from[0] ?? [];
    if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair))) {
      throw new Failure('the pickle makes a dictionary of something else than pairs');
    }
    return new Map(pairs as [unknown, unknown][]);
  };

  for (let operations = 0; ; operations++) {
    if (operations === mostOperations)
      throw new Failure(`the pickle has more than ${mostOperations} operations`);
    const code = uint8();
    const operation = String.fromCharCode(code);
    if (code === 0x80)
      take(1); // PROTO
    else if (code === 0x95)
      take(8); // FRAME
    else if (operation === '.') return pop();
    else if (operation === '(') marks.push(stack.length);
    else if (operation === '}') push(new Map());
    else if (operation === ']' || operation === ')' || code === 0x8f)
      push([]); // 0x8f EMPTY_SET
    else if (operation === 'N') push(null);
    else if (code === 0x88) push(true);
    else if (code === 0x89) push(false);
    else if (operation === 'J') push(view.getInt32(take(4), true));
    else if (operation === 'K') push(uint8());
    else if (operation === 'M') push(view.getUint16(take(2), true));
    else if (operation === 'G') push(view.getFloat64(take(8)));
    else if (code === 0x8a) push(long(uint8()));
    else if (operation === 'X' || operation === 'T') push(string(uint32()));
    else if (code === 0x8c || operation === 'U') push(string(uint8()));
    else if (code === 0x8d) push(string(uint64()));
    else if (operation === 'B') push(slice(uint32()));
    else if (operation === 'C') push(slice(uint8()));
    else if (operation === 'q') memo.set(uint8(), top());
    else if (operation === 'r') memo.set(uint32(), top());
    else if (code === 0x94)
      memo.set(memo.size, top()); // MEMOIZE
    else if (operation === 'h') push(recall(uint8()));
    else if (operation === 'j') push(recall(uint32()));
    else if (operation === 't') push(popToMark());
    else if (code === 0x85) push([pop()]);
    else if (code === 0x86 || code === 0x87) {
      const items = Array.from({ length: code - 0x84 }, pop);
      push(items.reverse());
    } else if (operation === 'c') push(new Reference(`${line()}.${line()}`));
    else if (code === 0x93) {
      const last = name();
      push(new Reference(`${name()}.${last}`));
    } else if (operation === 'R' || code === 0x81) {
      const given = pop();
      push(call(pop(), given)); // REDUCE, NEWOBJ
    } else if (operation === 'b') {
      const state = pop();
      const target = top();
      if (target instanceof Made) target.state = state;
    } else if (operation === 'Q') push(external(pop()));
    else if (operation === 's') {
      const value = pop();
      setItems([pop(), value]);
    } else if (operation === 'u') setItems(popToMark());
    else if (operation === 'a') append([pop()]);
    else if (operation === 'e' || code === 0x90) append(popToMark());
    else if (operation === '0') discard();
    else if (operation === '2') push(top());
    else
      throw new Failure(`the pickle has the operation 0x${code.toString(16)}, which state_dicts do not need`);
  }
}
