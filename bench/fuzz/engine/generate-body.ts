import type { Draw } from './draw.js';
import type { Feature } from './features.js';
import { type Checked, fits, given, type Kinds, slotOf } from './kinds.js';
import { type Slot, signatures } from './ops/index.js';
import type { Choice, Kind, Name, Program, Statement } from './program.js';

/** What a body is made from. */
export interface Making {
  draw: Draw;
  features: Set<Feature>;
  /** Operations of this program. */
  ops: string[];
  program: Program;
  checked: Checked[];
  /** Pairs of variables of one shape. */
  pairs: [Name, Name][];
  nextId: () => Name;
}

/** What a body sees while it is made. */
export interface Body {
  kinds: Kinds;
  /** Bounds of magnitudes, as powers of two. */
  bounds: Map<Name, number>;
  /** Names that may be used, the newest last. */
  names: Name[];
  /** How often everything must be differentiable. */
  order: 0 | 1 | 2;
  plain: number;
  statements: Statement[];
}

/** Bounds that values start with, and the largest one that goes on. */
export const START: Record<Kind, number> = { float: 1, exact: 2, int: 4, bool: 0 };
const LARGEST: Record<Kind, number> = { float: 6, exact: 8, int: 10, bool: 1 };
const SQUASH: Record<Kind, string[]> = {
  float: ['tanh', 'atan', 'sigmoid'],
  exact: ['exact clip'],
  int: ['int mod'],
  bool: ['logicalNot'],
};

/** Adds a statement and what it gives to what the body sees. */
function add(body: Body, statement: Statement, gives: Kind[], bound: number): Name {
  body.statements.push(statement);
  gives.forEach((kind, i) => {
    const name = i === 0 ? statement.id : `${statement.id}.${i}`;
    body.kinds.set(name, kind);
    body.bounds.set(name, bound);
    if (bound <= LARGEST[kind]) body.names.push(name);
  });
  return statement.id;
}

/** A name that fits a slot, the newest ones more often. */
function pick({ draw }: Making, { names, kinds }: Body, slot: Slot, like?: Kind): Name | undefined {
  const fitting = names.filter((name) => {
    const kind = kinds.get(name)!;
    return like === undefined ? fits(kind, slot) : kind === like;
  });
  const native = fitting.filter((name) => slotOf(kinds.get(name)!) === slot);
  const from = native.length > 0 && draw.chance(0.8) ? native : fitting;
  if (from.length === 0) return undefined;
  return draw.chance(0.6) ? draw.of(from.slice(-4)) : draw.of(from);
}

const usable = (op: string, order: number): boolean => {
  const { gives, order: own } = signatures[op]!;
  return own >= order || (gives !== 'float' && gives !== 'same');
};

function choices({ draw }: Making, { plain }: Body): Choice[] {
  return Array.from({ length: 3 }, () => (plain > 0 && draw.chance(0.15) ? 'q0' : draw.below(64)));
}

/** Adds an operation, the first input given or drawn; a large result is brought back into bounds. */
function operation(making: Making, body: Body, first?: Name): Name | undefined {
  const { draw } = making;
  const candidates = making.ops.filter((name) => {
    const [slot] = signatures[name]!.slots;
    return usable(name, body.order) && (first === undefined || slot === 'F' || slot === 'A');
  });
  if (candidates.length === 0) return undefined;
  const op = draw.of(candidates);
  const { slots } = signatures[op]!;
  const inputs: Name[] = [];
  for (const [i, slot] of slots.entries()) {
    const like = slot === 'A' && i > 0 && slots[0] === 'A' ? body.kinds.get(inputs[0]!) : undefined;
    const input = i === 0 && first !== undefined ? first : pick(making, body, slot, like);
    if (input === undefined) return undefined;
    inputs.push(input);
  }
  return apply(making, body, op, inputs);
}

function apply(making: Making, body: Body, op: string, inputs: Name[]): Name {
  const kind = given(op, inputs.map((name) => body.kinds.get(name)!)); // prettier-ignore
  const bound = signatures[op]!.grows(inputs.map((name) => body.bounds.get(name)!));
  const statement: Statement = { id: making.nextId(), do: 'op', op, inputs, choices: choices(making, body) };
  const id = add(body, statement, [kind], bound);
  return bound > LARGEST[kind] ? squashed(making, body, id) : id;
}

/** A name for the value within bounds. */
function squashed(making: Making, body: Body, name: Name): Name {
  const kind = body.kinds.get(name)!;
  const op = making.draw.of(SQUASH[kind]);
  const id = making.nextId();
  const statement: Statement = { id, do: 'op', op, inputs: [name], choices: [14, 0, 0] };
  return add(body, statement, [kind], START[kind]);
}

/** Adds a body that is differentiated, in a scope of its own. */
function inner(making: Making, body: Body, order: 1 | 2, by: Name[]): { body: Statement[]; result: Name } {
  const scope: Body = {
    ...body,
    kinds: new Map([...body.kinds, ...by.map((name): [Name, Kind] => [name, 'float'])]),
    bounds: new Map(body.bounds),
    names: [...body.names],
    statements: [],
    order: order === 2 ? 2 : Math.max(order, body.order) as 1 | 2,
  }; // prettier-ignore
  let result = by[0]!;
  for (let i = 0, count = 1 + making.draw.below(5); i < count; i++) {
    const first = i < by.length ? by[i] : making.draw.chance(0.5) ? result : undefined;
    result = operation(making, scope, first) ?? result;
    if (making.features.has('assign') && making.draw.chance(0.05)) assignment(making, scope, by);
  }
  return { body: scope.statements, result: scope.kinds.get(result) === 'float' ? result : by[0]! };
}

function assignment(making: Making, body: Body, except: Name[] = []): void {
  const targets = body.names.filter((name) => /^[vm]/.test(name) && !except.includes(name));
  if (targets.length === 0) return;
  const variable = making.draw.of(targets);
  const kind = body.kinds.get(variable)!;
  let input = pick(making, body, slotOf(kind));
  if (input === undefined) return;
  if (body.bounds.get(input)! > 3) {
    input = squashed(making, body, input);
  }
  add(body, { id: making.nextId(), do: 'assign', variable, input }, [kind], START[kind]);
}

function momentum(making: Making, body: Body): void {
  const { draw } = making;
  if (making.pairs.length === 0) return;
  const [variable, slot] = draw.of(making.pairs);
  if (draw.chance(0.2) && making.features.has('assign')) {
    const input = pick(making, body, 'F');
    if (input === undefined) return;
    add(body, { id: making.nextId(), do: 'assign', variable: draw.of([variable, slot]), input }, ['float'], 1);
  }
  for (let i = 0, times = draw.of([1, 1, 2, 3]); i < times; i++) {
    const gradient = pick(making, body, 'F');
    if (gradient === undefined) return;
    const scalar = draw.chance(0.25) ? pick(making, body, 'F') : undefined;
    const statement = { variable, slot, gradient, momentum: scalar ?? 0.75, nesterov: draw.chance(0.3) };
    add(body, { id: making.nextId(), do: 'momentum', ...statement }, ['float'], 3);
  }
} // prettier-ignore

function call(making: Making, body: Body): void {
  const { draw, program, checked } = making;
  const candidates = program.functions.map((_, i) => i).filter((i) => checked[i]!.order >= body.order);
  if (candidates.length === 0) return;
  const index = draw.of(candidates);
  const { params, plain } = program.functions[index]!;
  const inputs = params.map((kind) => pick(making, body, slotOf(kind)));
  if (inputs.some((name) => name === undefined)) return;
  const spelled = Array.from({ length: plain }, () => draw.plain());
  const statement = { id: making.nextId(), do: 'call', function: index, inputs: inputs as Name[], plain: spelled } as const;
  add(body, statement, checked[index]!.results, 5);
} // prettier-ignore

/** One more step of a function, of a kind that the program's features allow. */
export function extend(making: Making, body: Body): void {
  const { draw, features } = making;
  const wanted = draw.of([...features, 'op', 'op', 'op', 'op', 'op', 'op'] as const);
  switch (wanted) {
    case 'gradient':
    case 'second': {
      const floats = body.names.filter((name) => body.kinds.get(name) === 'float');
      if (floats.length === 0) break;
      const by = draw.some(floats.slice(-6), 2);
      const order = wanted === 'gradient' ? 1 : 2;
      const differentiated = inner(making, body, order, by);
      const statement = { id: making.nextId(), do: 'gradient', order, by, ...differentiated } as const;
      add(body, statement, by.map(() => 'float'), 5); // prettier-ignore
      return;
    }
    case 'minimize': {
      const variables = draw.some(body.names.filter((name) => /^v/.test(name) && body.kinds.get(name) === 'float'), 2); // prettier-ignore
      if (variables.length === 0) break;
      const optimizer = draw.of(['sgd', 'momentum', 'adagrad', 'adam'] as const);
      const differentiated = inner(making, body, 1, variables);
      const statement = {
        id: making.nextId(),
        do: 'minimize',
        optimizer,
        variables,
        ...differentiated,
      } as const;
      add(body, statement, variables.map(() => 'float'), 3); // prettier-ignore
      return;
    }
    case 'many': {
      const input = pick(making, body, 'F');
      if (input === undefined || body.order > 0) break;
      add(body, { id: making.nextId(), do: 'spread', input }, [body.kinds.get(input)!], 3);
      return;
    }
    case 'assign':
      return assignment(making, body);
    case 'momentum':
      return momentum(making, body);
    case 'call':
      return call(making, body);
    case 'keep': {
      if (making.program.tables.length === 0) break;
      const table = draw.below(making.program.tables.length);
      const { op, input } = making.program.tables[table]!;
      add(body, { id: making.nextId(), do: 'keep', table }, [given(op, [body.kinds.get(input)!])], 3);
      return;
    }
    case 'make': {
      if (making.program.made.length === 0) break;
      const made = draw.below(making.program.made.length);
      const kind = making.program.made[made]!;
      const input = pick(making, body, slotOf(kind));
      if (input === undefined) break;
      add(body, { id: making.nextId(), do: 'make', made, input }, [kind], START[kind]);
      body.kinds.set(`m${made}`, kind);
      body.bounds.set(`m${made}`, 3);
      if (!body.names.includes(`m${made}`)) body.names.push(`m${made}`);
      return;
    }
    case 'plain':
      if (body.plain === 0) break;
      add(body, { id: making.nextId(), do: 'plain', index: 0 }, ['exact'], 2);
      return;
  }
  operation(making, body);
}
