import * as tf from '@tensorflow/tfjs-core';
import { accept } from './accept.js';
import { assign, routine, update, type World } from './body.js';
import type { Environment } from './environment.js';
import { differentiate, weightedSum } from './gradient.js';
import type { Outcome, Shown } from './outcome.js';
import { decode } from './plain.js';
import type { Name, Optimizer, Program, Spec, Statement, Step } from './program.js';
import { DTYPES, tensorOf } from './values.js';

const OPTIMIZERS: Record<Optimizer, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.1, 0.75),
  // Starting points and epsilons that are far from 0/0.
  adagrad: () => tf.train.adagrad(0.1, 0.5),
  adam: () => tf.train.adam(0.1, 0.9, 0.99, 0.5),
};

/** Runs a program; what it shows is in the order in which it happens. */
export function interpret(program: Program, environment: Environment): Outcome {
  const before = inUse();
  const shown: Shown[] = [];
  const late: { label: string; tensor: tf.Tensor }[] = [];
  let at = 'start';
  let error: Outcome['error'];
  const world = begin(program, environment);
  const show = (label: string, tensor: tf.Tensor): void => {
    shown.push({ label, dtype: tensor.dtype, shape: [...tensor.shape], values: tensor.dataSync().slice() });
  };
  const variables = (label: string): void => {
    for (const [name, tensor] of world.named) {
      if (tensor instanceof tf.Variable) show(`${label}, ${name}`, tensor);
    }
  };
  try {
    program.steps.forEach((step, i) => {
      at = `step ${i} (${step.do})`;
      perform(world, step).forEach((tensor, result) => {
        const label = `step ${i}, result ${result}`;
        if (program.readLate) return void late.push({ label, tensor });
        show(label, tensor);
        tensor.dispose();
      });
      if (program.readVariables) variables(`step ${i}`);
    });
    at = 'end';
    late.forEach(({ label, tensor }) => show(label, tensor));
    variables('end');
    for (const [name, tensor] of world.named) if (name.startsWith('h')) show(`end, ${name}`, tensor);
  } catch (thrown) {
    error = { at, message: String((thrown as Error).message) };
  }
  late.forEach(({ tensor }) => tensor.dispose());
  end(world);
  const after = inUse();
  return { shown, ...(error && { error }), left: [after[0] - before[0], after[1] - before[1]] };
}

function begin(program: Program, environment: Environment): World {
  const named = new Map<Name, tf.Tensor>();
  program.captured.forEach((spec, i) => named.set(`c${i}`, tensorOf(spec)));
  program.variables.forEach((spec, i) => {
    named.set(
      `v${i}`,
      tf.tidy(() => tf.variable(tensorOf(spec))),
    );
  });
  const optimizers = new Map<Statement, tf.Optimizer>();
  program.functions.forEach(({ body }) => {
    for (const statement of body) {
      if (statement.do === 'minimize') optimizers.set(statement, OPTIMIZERS[statement.optimizer]());
    }
  });
  const world: World = { program, environment, named, tables: [], optimizers, routines: [] };
  program.functions.forEach((_, i) => {
    world.routines.push(environment.prepare(routine(world, i), `f${i}`));
  });
  return world;
}

function end({ named, tables, optimizers, routines }: World): void {
  routines.forEach((fn) => fn.dispose());
  named.forEach((tensor) => tensor.dispose());
  tables.forEach((tensor) => tensor?.dispose());
  optimizers.forEach((optimizer) => optimizer.dispose());
}

/** Takes one step; what it gives is the caller's. */
function perform(world: World, step: Step): tf.Tensor[] {
  const of = (name: Name): tf.Tensor => {
    const found = world.named.get(name);
    if (!found) throw new Error(`the program uses ${name}, which is not there`);
    return found;
  };
  switch (step.do) {
    case 'call': {
      const given = inputs(world, step, of);
      const results = world.routines[step.function]!(given, step.plain.map(decode));
      const copies = results.map((result) => tf.clone(result));
      const others = new Set([...world.named.values(), ...world.tables]);
      [...results, ...given].filter((tensor) => !others.has(tensor)).forEach((tensor) => tensor.dispose());
      if (step.hold !== undefined) hold(world, step.hold, copies.shift()!);
      return copies;
    }
    case 'gradient': {
      const given = inputs(world, step, of);
      const results = tf.tidy(() => slopes(world, step, given));
      given.forEach((tensor) => tensor instanceof tf.Variable || tensor.dispose());
      return results;
    }
    case 'assign':
      tf.tidy(() => assign(of(step.variable) as tf.Variable, valueOf(step.from, of)));
      return [];
    case 'spread':
      world.program.variables.forEach(({ kind, shape }, i) => {
        if (kind !== 'float') return;
        const fresh = tensorOf({ shape, kind, seed: step.from.seed + i });
        (of(`v${i}`) as tf.Variable).assign(fresh);
        fresh.dispose();
      });
      return [];
    case 'momentum':
      tf.tidy(() => update(world, step, of));
      return [];
    case 'hold':
      hold(world, step.name, step.how === 'clone' ? tf.clone(of(step.of)) : tf.reshape(of(step.of), [-1]));
      return [];
    case 'read':
      return [tf.clone(of(step.of))];
    case 'dispose':
      world.routines[step.function]!.dispose();
      return [];
  }
}

function hold(world: World, name: Name, tensor: tf.Tensor): void {
  world.named.get(name)?.dispose();
  world.named.set(name, tensor);
}

const valueOf = (from: Spec | Name, of: (name: Name) => tf.Tensor): tf.Tensor =>
  typeof from === 'string' ? of(from) : tensorOf(from);

/** Arguments of a call. A variable goes in as it is where its type fits, everything else as a tensor for this call. */
function inputs(world: World, step: Step & { do: 'call' | 'gradient' }, of: (name: Name) => tf.Tensor): tf.Tensor[] {
  const { params } = world.program.functions[step.function]!;
  const slots = { float: 'F', exact: 'E', int: 'I', bool: 'B' } as const;
  return step.inputs.map((from, i) => {
    if (typeof from !== 'string') return tensorOf(from);
    const tensor = of(from);
    if (tensor.dtype !== DTYPES[params[i]!]) return tf.tidy(() => accept(tensor, slots[params[i]!]));
    return tensor instanceof tf.Variable ? tensor : tf.clone(tensor);
  });
} // prettier-ignore

/** Gradients of a function from outside, by its float arguments. */
function slopes(world: World, step: Step & { do: 'gradient' }, given: tf.Tensor[]): tf.Tensor[] {
  const floats = given.map((_, i) => i).filter((i) => typeof step.inputs[i] !== 'string' && (step.inputs[i] as Spec).kind === 'float'); // prettier-ignore
  const loss = (...xs: tf.Tensor[]): tf.Scalar => {
    const all = given.map((tensor, i) => (floats.includes(i) ? xs[floats.indexOf(i)]! : tensor));
    const results = world.routines[step.function]!(all, step.plain.map(decode));
    return tf.addN<tf.Scalar>(results.map((result) => weightedSum(accept(result, 'F'), xs)));
  };
  return differentiate(loss, step.order, floats.map((i) => given[i]!)); // prettier-ignore
}

function inUse(): [number, number] {
  const { binding } = tf.backend() as unknown as { binding?: { getNumOfTensors(): number } };
  return [tf.memory().numTensors, binding?.getNumOfTensors() ?? 0];
}
