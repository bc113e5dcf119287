import * as tf from '@tensorflow/tfjs-core';
import { accept } from './accept.js';
import type { Environment, Routine } from './environment.js';
import { fit, limited } from './fit.js';
import { gradients, weightedSum } from './gradient.js';
import { choice, decode, number } from './plain.js';
import type { Choice, Momentum, Name, Program, Statement } from './program.js';
import { DTYPES } from './values.js';

const SLOTS = { float: 'F', exact: 'E', int: 'I', bool: 'B' } as const;

/** What lives as long as a run of a program. */
export interface World {
  program: Program;
  environment: Environment;
  /** Variables, captured and held tensors by name. */
  named: Map<Name, tf.Tensor>;
  tables: (tf.Tensor | undefined)[];
  optimizers: Map<Statement, tf.Optimizer>;
  routines: Routine[];
}

/** The values that a body sees: its own, then those around it. */
export type Scope = Map<Name, tf.Tensor>;

/** Function `index` of a program. */
export function routine(world: World, index: number): Parameters<Environment['prepare']>[0] {
  const { params, body, results } = world.program.functions[index]!;
  return (inputs, plain) =>
    tf.tidy(() => {
      const scope: Scope = new Map(params.map((_, i) => [`p${i}`, inputs[i]!]));
      execute(world, scope, body, plain);
      return results.map((name) => look(world, scope, name));
    });
}

/** The value of a name. */
export function look(world: World, scope: Scope, name: Name): tf.Tensor {
  const found = scope.get(name) ?? world.named.get(name);
  if (!found) throw new Error(`the program uses ${name}, which is not there`);
  return found;
}

function execute(world: World, scope: Scope, body: Statement[], plain: unknown[]): void {
  for (const statement of body) {
    evaluate(world, scope, statement, plain).forEach((value, i) => {
      scope.set(i === 0 ? statement.id : `${statement.id}.${i}`, value);
    });
  }
}

function evaluate(world: World, scope: Scope, statement: Statement, plain: unknown[]): tf.Tensor[] {
  const of = (name: Name): tf.Tensor => look(world, scope, name);
  switch (statement.do) {
    case 'op':
      return [operate(world, statement.op, statement.inputs.map(of), statement.choices, plain)];
    case 'plain':
      return [tf.scalar(number(plain[statement.index]))];
    case 'assign':
      return [assign(of(statement.variable) as tf.Variable, of(statement.input))];
    case 'spread':
      spread(world, of(statement.input));
      return [of(statement.input)];
    case 'momentum':
      return [update(world, statement, of)];
    case 'call': {
      const { params } = world.program.functions[statement.function]!;
      const inputs = statement.inputs.map((name, i) => accept(of(name), SLOTS[params[i]!]));
      return world.routines[statement.function]!(inputs, statement.plain.map(decode));
    }
    case 'keep':
      return [table(world, statement.table, plain)];
    case 'make':
      return [make(world, statement.made, () => of(statement.input))];
    case 'gradient':
      return gradients(statement, of, (given) => within(world, scope, statement, given, plain)).map((g) =>
        shaken(world, g),
      );
    case 'minimize': {
      const variables = statement.variables.map(of) as tf.Variable[];
      world.optimizers
        .get(statement)!
        .minimize(() => weightedSum(within(world, scope, statement, [], plain), variables), false, variables);
      return variables;
    }
  }
}

/** The result of a body inside a body, where some names mean something else. */
function within(
  world: World,
  scope: Scope,
  { body, result }: { body: Statement[]; result: Name },
  given: [Name, tf.Tensor][],
  plain: unknown[],
): tf.Tensor {
  const inner: Scope = new Map([...scope, ...given]);
  execute(world, inner, body, plain);
  return accept(look(world, inner, result), 'F');
}

function operate(
  world: World,
  name: string,
  inputs: tf.Tensor[],
  choices: Choice[],
  plain: unknown[],
): tf.Tensor {
  const { slots, gives, run } = world.environment.vocabulary[name]!;
  const fitting = inputs.map((x, i) => accept(x, slots[i]!));
  const chosen = choices.map((c) => (typeof c === 'number' ? c : choice(plain[Number(c.slice(1))])));
  const result = limited(run(fitting, chosen));
  return gives === 'float' ? shaken(world, result) : result;
}

function shaken(world: World, x: tf.Tensor): tf.Tensor {
  const { noise } = world.environment;
  if (!noise) return x;
  const factors = Float32Array.from({ length: x.size }, () => 1 + (2 * noise() - 1) * 2 ** -21);
  return tf.mul(x, tf.tensor(factors, x.shape));
}

/** Assigns a tensor of any shape and type; gives the variable. */
export function assign(variable: tf.Variable, value: tf.Tensor): tf.Variable {
  const slot = variable.dtype === 'int32' ? 'I' : variable.dtype === 'bool' ? 'B' : 'F';
  // A clone, because tfjs frees the data of a variable that is assigned its own.
  variable.assign(tf.clone(fit(accept(value, slot), variable.shape)));
  return variable;
}

/** Assigns all float variables that the program starts with. */
function spread(world: World, value: tf.Tensor): void {
  const bounded = tf.tanh(accept(value, 'F'));
  world.program.variables.forEach(({ kind }, i) => {
    const variable = world.named.get(`v${i}`) as tf.Variable;
    if (kind === 'float') assign(variable, tf.add(tf.mul(variable, 0.5), fit(bounded, variable.shape)));
  });
}

/** Runs applyMomentum; gives the variable. */
export function update(world: World, momentum: Momentum, of: (name: Name) => tf.Tensor): tf.Variable {
  const [variable, slot] = [of(momentum.variable), of(momentum.slot)] as [tf.Variable, tf.Variable];
  world.environment.applyMomentum(
    variable,
    slot,
    fit(accept(of(momentum.gradient), 'F'), variable.shape),
    tf.scalar(0.125),
    typeof momentum.momentum === 'number'
      ? momentum.momentum
      : (fit(tf.sigmoid(accept(of(momentum.momentum), 'F')), []) as tf.Scalar),
    momentum.nesterov,
  );
  return variable;
}

function table(world: World, index: number, plain: unknown[]): tf.Tensor {
  const { op, input, choices } = world.program.tables[index]!;
  return (world.tables[index] ??= tf.keep(operate(world, op, [world.named.get(input)!], choices, plain)));
}

function make(world: World, index: number, initial: () => tf.Tensor): tf.Tensor {
  const name = `m${index}`;
  const made = world.named.get(name);
  if (made) return made;
  const kind = world.program.made[index]!;
  const variable = tf.variable(accept(initial(), SLOTS[kind]), true, undefined, DTYPES[kind]);
  world.named.set(name, variable);
  return variable;
}
