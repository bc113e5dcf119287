import type { Name, Program, Routine, Spec, Statement, Step } from './program.js';

/** Programs that are smaller in one way, the boldest first. What is not well formed among them is left to the caller. */
export function* candidates(program: Program): Generator<Program> {
  yield* fewerSteps(program);
  yield* fewerFunctions(program);
  for (const [i, fn] of program.functions.entries()) {
    for (const smaller of smallerFunctions(fn)) yield withFunction(program, i, smaller);
  }
  yield* smallerShapes(program);
  yield* simplerSteps(program);
  yield* fewerSurroundings(program);
  for (const flag of ['readVariables', 'readLate'] as const) {
    if (program[flag]) yield { ...program, [flag]: false };
  }
}

const without = <T>(list: readonly T[], from: number, count = 1): T[] => [
  ...list.slice(0, from),
  ...list.slice(from + count),
];
const replaced = <T>(list: readonly T[], index: number, item: T): T[] =>
  list.map((old, i) => (i === index ? item : old));
const withFunction = (program: Program, index: number, fn: Routine): Program => ({
  ...program,
  functions: replaced(program.functions, index, fn),
});

/** Runs of a list left out, the longest first. */
function* shorter<T>(list: readonly T[]): Generator<T[]> {
  for (let count = Math.ceil(list.length / 2); count >= 1; count = count === 1 ? 0 : Math.ceil(count / 2)) {
    for (let from = list.length - count; from >= 0; from -= count) yield without(list, from, count);
  }
}

function* fewerSteps(program: Program): Generator<Program> {
  for (const steps of shorter(program.steps)) {
    if (steps.length > 0) yield { ...program, steps };
  }
}

/** A function that nobody calls goes; the others move up. */
function* fewerFunctions(program: Program): Generator<Program> {
  for (let index = program.functions.length - 1; index >= 0; index--) {
    const renumber = <T extends { function: number }>(user: T): T => ({
      ...user,
      function: user.function > index ? user.function - 1 : user.function,
    });
    const users = [...program.steps, ...program.functions.flatMap(({ body }) => allStatements(body))];
    if (users.some((user) => 'function' in user && user.function === index)) continue;
    const statement = (s: Statement): Statement => {
      if (s.do === 'call') return renumber(s);
      return 'body' in s ? { ...s, body: s.body.map(statement) } : s;
    };
    yield {
      ...program,
      functions: without(program.functions, index).map((fn) => ({ ...fn, body: fn.body.map(statement) })),
      steps: program.steps.map((step) => ('function' in step ? renumber(step) : step)),
    };
  }
}

const allStatements = (body: readonly Statement[]): Statement[] =>
  body.flatMap((s) => ('body' in s ? [s, ...allStatements(s.body)] : [s]));

function* smallerFunctions(fn: Routine): Generator<Routine> {
  for (const results of shorter(fn.results)) if (results.length > 0) yield { ...fn, results };
  for (let i = fn.body.length - 1; i >= 0; i--) {
    const statement = fn.body[i]!;
    const { body, ...rest } = { ...fn, body: without(fn.body, i) };
    yield { body, ...rest };
    for (const name of stand(statement)) yield renamed({ body, ...rest }, statement.id, name);
    if (!('body' in statement)) continue;
    for (const smaller of smallerBodies(statement)) yield { ...fn, body: replaced(fn.body, i, smaller) };
  }
  for (let i = fn.body.length - 1; i >= 0; i--) {
    for (const simpler of simplerStatements(fn.body[i]!))
      yield { ...fn, body: replaced(fn.body, i, simpler) };
  }
}

/** Names that may stand for the result of a statement that is left out. */
function stand(statement: Statement): Name[] {
  switch (statement.do) {
    case 'op':
    case 'call':
      return [...new Set([...statement.inputs, 'p0'])];
    case 'make':
    case 'spread':
      return [statement.input, 'p0'];
    case 'assign':
    case 'momentum':
      return [statement.variable, 'p0'];
    case 'gradient':
      return [...new Set([...statement.by, 'p0'])];
    case 'minimize':
      return [...new Set([...statement.variables, 'p0'])];
    default:
      return ['p0'];
  }
}

type WithBody = Statement & { body: Statement[]; result: Name };

function* smallerBodies(statement: WithBody): Generator<WithBody> {
  const { body } = statement;
  for (let i = body.length - 1; i >= 0; i--) {
    const rest = { ...statement, body: without(body, i) };
    yield rest;
    for (const name of stand(body[i]!)) {
      const other = renamed({ ...rest, results: [statement.result] }, body[i]!.id, name);
      yield { ...statement, body: other.body, result: other.results[0]! };
    }
    for (const simpler of simplerStatements(body[i]!))
      yield { ...statement, body: replaced(body, i, simpler) };
  }
  if (statement.do === 'gradient') {
    for (const by of shorter(statement.by)) if (by.length > 0) yield { ...statement, by };
    if (statement.order === 2) yield { ...statement, order: 1 };
  }
}

const SIMPLE: Record<string, string[]> = {
  F: ['relu', 'sin', 'plus zero'],
  E: ['exact neg'],
  I: ['int neg'],
  B: [],
};

/** The same with an operation or with numbers that say less. */
function* simplerStatements(statement: Statement): Generator<Statement> {
  if (statement.do === 'op') {
    if (statement.choices.some((c) => c !== 0)) yield { ...statement, choices: statement.choices.map(() => 0) };
    const simple = [...SIMPLE['F']!, ...SIMPLE['E']!, ...SIMPLE['I']!];
    if (!simple.includes(statement.op)) {
      for (const op of simple) yield { ...statement, op, inputs: statement.inputs.slice(0, 1) };
    }
  }
  if (statement.do === 'momentum') {
    if (statement.nesterov) yield { ...statement, nesterov: false };
    if (typeof statement.momentum === 'string') yield { ...statement, momentum: 0.75 };
  }
} // prettier-ignore

/** A function where one name has become another. */
function renamed<T extends { body: Statement[]; results: Name[] }>(of: T, id: Name, to: Name): T {
  const name = (n: Name): Name => (n === id || n.startsWith(`${id}.`) ? to : n);
  return { ...of, body: of.body.map((s) => renamedStatement(s, name)), results: of.results.map(name) };
}

function renamedStatement(statement: Statement, name: (n: Name) => Name): Statement {
  switch (statement.do) {
    case 'op':
    case 'call':
      return { ...statement, inputs: statement.inputs.map(name) };
    case 'assign':
    case 'make':
    case 'spread':
      return { ...statement, input: name(statement.input) };
    case 'momentum': {
      const { gradient, momentum } = statement;
      return {
        ...statement,
        gradient: name(gradient),
        momentum: typeof momentum === 'string' ? name(momentum) : momentum,
      };
    }
    case 'gradient':
    case 'minimize': {
      const body = statement.body.map((s) => renamedStatement(s, name));
      const by = statement.do === 'gradient' ? { by: [...new Set(statement.by.map(name))] } : {};
      return { ...statement, ...by, body, result: name(statement.result) };
    }
    default:
      return statement;
  }
}

/** Smaller shapes of arguments and of what is around: nothing but one element, fewer dimensions, shorter sides. */
function* smallerShapes(program: Program): Generator<Program> {
  const everywhere = (change: (spec: Spec) => Spec): Program => ({
    ...program,
    captured: program.captured.map(change),
    variables: program.variables.map(change),
    steps: program.steps.map((step) => withSpecs(step, change)),
  });
  const specs = [...program.captured, ...program.variables, ...program.steps.flatMap(specsOf)];
  const shapes = [...new Set(specs.map(({ shape }) => JSON.stringify(shape)))].filter((shape) => shape !== '[]');
  if (shapes.length > 1) yield everywhere((spec) => ({ ...spec, shape: [2] }));
  for (const spelled of shapes) {
    const shape = JSON.parse(spelled) as number[];
    const smaller = [[], [2], shape.slice(1), ...shape.map((side, i) => (side > 1 ? replaced(shape, i, side - 1) : [])), shape.map((side) => Math.ceil(side / 2))];
    for (const other of smaller) {
      if (other.length > shape.length || other.join() >= shape.join() && other.length === shape.length) continue;
      yield everywhere((spec) => (JSON.stringify(spec.shape) === spelled ? { ...spec, shape: other } : spec));
    }
  }
} // prettier-ignore

function specsOf(step: Step): Spec[] {
  if (step.do === 'spread') return [step.from];
  if (step.do === 'assign') return typeof step.from === 'string' ? [] : [step.from];
  return 'inputs' in step ? step.inputs.filter((input): input is Spec => typeof input !== 'string') : [];
}

function withSpecs(step: Step, change: (spec: Spec) => Spec): Step {
  const to = (from: Spec | Name): Spec | Name => (typeof from === 'string' ? from : change(from));
  if (step.do === 'spread') return { ...step, from: change(step.from) };
  if (step.do === 'assign') return { ...step, from: to(step.from) };
  return 'inputs' in step ? { ...step, inputs: step.inputs.map(to) } : step;
}

function* simplerSteps(program: Program): Generator<Program> {
  for (const [i, step] of program.steps.entries()) {
    const put = (simpler: Step): Program => ({ ...program, steps: replaced(program.steps, i, simpler) });
    if (step.do === 'call' && step.hold !== undefined) {
      const { do: kind, function: fn, inputs, plain } = step;
      yield put({ do: kind, function: fn, inputs, plain });
    }
    if (step.do === 'gradient' && step.order === 2) yield put({ ...step, order: 1 });
  }
  // Parameters that nothing uses go everywhere.
  for (const [index, fn] of program.functions.entries()) {
    const last = fn.params.length - 1;
    if (last < 1) continue;
    const cut = <T extends { inputs: unknown[] }>(user: T): T => ({ ...user, inputs: user.inputs.slice(0, last) });
    const statement = (s: Statement): Statement => {
      if (s.do === 'call' && s.function === index) return cut(s);
      return 'body' in s ? { ...s, body: s.body.map(statement) } : s;
    };
    yield {
      ...program,
      functions: program.functions.map((other, i) => ({
        ...other,
        params: i === index ? other.params.slice(0, last) : other.params,
        body: other.body.map(statement),
      })),
      steps: program.steps.map((s) => ('inputs' in s && s.function === index ? cut(s) : s)),
    };
  }
} // prettier-ignore

/** What is around the functions and used by none of them goes; the others move up. */
function* fewerSurroundings(program: Program): Generator<Program> {
  const { functions, steps, tables } = program;
  const text = JSON.stringify({ functions, steps, tables });
  const used = (name: Name): boolean => text.includes(`"${name}"`);
  const last = program.variables.findLastIndex((_, i) => used(`v${i}`));
  for (const count of [last + 1, Math.max(last + 1, Math.ceil(program.variables.length / 2))]) {
    if (count < program.variables.length) yield { ...program, variables: program.variables.slice(0, count) };
  }
  for (const [list, letter] of [['captured', 'c'], ['variables', 'v']] as const) {
    for (let index = program[list].length - 1; index >= 0; index--) {
      if (used(`${letter}${index}`)) continue;
      const moved = text.replace(new RegExp(`"${letter}(\\d+)"`, 'g'), (name, number: string) =>
        Number(number) > index ? `"${letter}${Number(number) - 1}"` : name,
      );
      const rest = JSON.parse(moved) as Pick<Program, 'functions' | 'steps' | 'tables'>;
      yield { ...program, ...rest, [list]: without(program[list], index) };
    }
  }
  const all = functions.flatMap(({ body }) => allStatements(body));
  const table = tables.length - 1;
  if (table >= 0 && !all.some((s) => s.do === 'keep' && s.table === table)) {
    yield { ...program, tables: tables.slice(0, table) };
  }
  if (program.made.length > 0 && !all.some((s) => s.do === 'make')) yield { ...program, made: [] };
} // prettier-ignore
