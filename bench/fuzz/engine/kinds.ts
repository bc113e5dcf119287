import { type Slot, signatures } from './ops/index.js';
import type { Kind, Name, Program, Statement } from './program.js';

/** Kinds of the names that a body sees. */
export type Kinds = Map<Name, Kind>;

/** Whether a value of this kind may go where that is asked for: nothing rounded may reach an operation that jumps. */
export const fits = (kind: Kind, slot: Slot): boolean => kind !== 'float' || slot === 'F' || slot === 'A';

const SLOT = { float: 'F', exact: 'E', int: 'I', bool: 'B' } as const;
/** The slot that takes what a parameter or variable of this kind holds. */
export const slotOf = (kind: Kind): Slot => SLOT[kind];

/** What an operation gives for inputs of these kinds. */
export function given(op: string, inputs: readonly Kind[]): Kind {
  const { gives } = signatures[op]!;
  return gives === 'same' ? inputs[0]! : gives;
}

/** Kinds of what is there before any function runs. */
export function surroundings({ captured, variables, made }: Omit<Program, 'functions' | 'steps'>): Kinds {
  return new Map([
    ...captured.map(({ kind }, i): [Name, Kind] => [`c${i}`, kind]),
    ...variables.map(({ kind }, i): [Name, Kind] => [`v${i}`, kind]),
    ...made.map((kind, i): [Name, Kind] => [`m${i}`, kind]),
  ]);
}

/** What a checked function gives, and how often it can be differentiated. */
export interface Checked {
  results: Kind[];
  order: number;
}

/**
 * Checks that a program is well formed: every name is there, no rounded value reaches an operation that jumps, and
 * only what tfjs can differentiate is differentiated.
 *
 * @throws Error with what is wrong
 */
export function check(program: Program): Checked[] {
  const outside = surroundings(program);
  program.made.forEach((_, i) => outside.delete(`m${i}`));
  const checked: Checked[] = [];
  for (const { params, body, results } of program.functions) {
    const kinds: Kinds = new Map([...outside, ...params.map((kind, i): [Name, Kind] => [`p${i}`, kind])]);
    const order = checkBody(program, checked, kinds, body);
    checked.push({ results: results.map((name) => kindOf(kinds, name)), order });
  }
  for (const step of program.steps) {
    if (step.do === 'call' || step.do === 'gradient') {
      const { params } = program.functions[step.function]!;
      step.inputs.forEach((from, i) => {
        const kind = typeof from === 'string' ? held(outside, from) : from.kind;
        require(fits(kind, slotOf(params[i]!)), 'a rounded argument for an exact parameter');
      });
      if (step.do === 'call' && step.hold !== undefined) outside.set(step.hold, checked[step.function]!.results[0]!);
      if (step.do === 'gradient') require(checked[step.function]!.order >= step.order, 'a function without gradient');
    } else if (step.do === 'hold') {
      outside.set(step.name, held(outside, step.of));
    } else if (step.do === 'assign') {
      const kind = typeof step.from === 'string' ? held(outside, step.from) : step.from.kind;
      require(fits(kind, slotOf(kindOf(outside, step.variable))), 'a rounded value for an exact variable');
    } else if (step.do === 'read') held(outside, step.of);
  }
  return checked;
} // prettier-ignore

const held = (kinds: Kinds, name: Name): Kind => kindOf(kinds, name);

/** How often the body can be differentiated. */
function checkBody(program: Program, checked: Checked[], kinds: Kinds, body: Statement[]): number {
  return body.reduce((order, statement) => {
    const { gives, order: own } = checkStatement(program, checked, kinds, statement);
    gives.forEach((kind, i) => kinds.set(i === 0 ? statement.id : `${statement.id}.${i}`, kind));
    return Math.min(order, own);
  }, 2);
}

/** What a statement gives, and how often it can be differentiated. */
function checkStatement(
  program: Program,
  checked: Checked[],
  kinds: Kinds,
  statement: Statement,
): { gives: Kind[]; order: number } {
  const of = (name: Name): Kind => kindOf(kinds, name);
  const into = (name: Name, slot: Slot): void =>
    require(fits(of(name), slot), `${statement.id} takes a rounded value for an exact one`);
  switch (statement.do) {
    case 'op': {
      const { slots, order } = signatures[statement.op]!;
      statement.inputs.forEach((name, i) => into(name, slots[i]!));
      const kind = given(statement.op, statement.inputs.map(of));
      return { gives: [kind], order: kind === 'float' ? order : 2 };
    }
    case 'plain':
      return { gives: ['exact'], order: 2 };
    case 'keep': {
      const { op, input } = program.tables[statement.table]!;
      return { gives: [given(op, [of(input)])], order: 2 };
    }
    case 'assign':
      into(statement.input, slotOf(of(statement.variable)));
      return { gives: [of(statement.variable)], order: 2 };
    case 'make': {
      const kind = program.made[statement.made]!;
      into(statement.input, slotOf(kind));
      kinds.set(`m${statement.made}`, kind);
      return { gives: [kind], order: 2 };
    }
    case 'momentum':
      require(of(statement.variable) === 'float' && of(statement.slot) === 'float', 'an update of what is no float');
      of(statement.gradient);
      if (typeof statement.momentum === 'string') of(statement.momentum);
      return { gives: ['float'], order: 0 };
    case 'spread':
      return { gives: [of(statement.input)], order: 0 };
    case 'call': {
      const { params } = program.functions[statement.function]!;
      statement.inputs.forEach((name, i) => into(name, slotOf(params[i]!)));
      const { results, order } = checked[statement.function]!;
      return { gives: results, order };
    }
    case 'gradient': {
      const inner: Kinds = new Map([...kinds, ...statement.by.map((name): [Name, Kind] => [name, 'float'])]);
      statement.by.forEach(of);
      const order = checkBody(program, checked, inner, statement.body) - statement.order;
      require(order >= 0, `${statement.id} differentiates what tfjs cannot`);
      kindOf(inner, statement.result);
      return { gives: statement.by.map(() => 'float'), order };
    }
    case 'minimize': {
      const inner: Kinds = new Map(kinds);
      require(checkBody(program, checked, inner, statement.body) >= 1, `${statement.id} differentiates what tfjs cannot`);
      kindOf(inner, statement.result);
      return { gives: statement.variables.map(of), order: 0 };
    }
  }
} // prettier-ignore

function kindOf(kinds: Kinds, name: Name): Kind {
  const kind = kinds.get(name);
  require(kind !== undefined, `nothing is called ${name}`);
  return kind!;
}

function require(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}
