/**
 * What a tensor may be used for. `exact` is float32 that holds small multiples of 1/4 and was computed without
 * rounding: only such values may reach operations that jump (floor, argMax, comparisons, casts to int32), so that no
 * rounding can turn one result into another.
 */
export type Kind = 'float' | 'exact' | 'int' | 'bool';

/** Values of a tensor, told by a seed. */
export interface Spec {
  shape: number[];
  kind: Kind;
  seed: number;
}

/**
 * A value by its name: `p0` parameter, `v0` variable, `m0` variable made inside, `c0` tensor of the surroundings, `s3`
 * result of a statement (`s3.1` its second one), `h0` tensor held between calls.
 */
export type Name = string;

/** Plain (non-tensor) argument of a function, spelled so that JSON keeps it: '0', '-0', '1n', '2.5', 'true', 'text'. */
export type Plain = string;

/** A number that steers an operation; `q0` means: taken from plain argument 0. */
export type Choice = number | string;

/** One step of a function; what it gives can be used under its id. */
export type Statement =
  | { id: Name; do: 'op'; op: string; inputs: Name[]; choices: Choice[] }
  | { id: Name; do: 'plain'; index: number }
  | { id: Name; do: 'assign'; variable: Name; input: Name }
  | ({ id: Name; do: 'momentum' } & Momentum)
  /** Every float variable of the program becomes half of itself and something of the input. */
  | { id: Name; do: 'spread'; input: Name }
  | { id: Name; do: 'call'; function: number; inputs: Name[]; plain: Plain[] }
  | { id: Name; do: 'keep'; table: number }
  | { id: Name; do: 'make'; made: number; input: Name }
  | Gradient
  | { id: Name; do: 'minimize'; optimizer: Optimizer; body: Statement[]; result: Name; variables: Name[] };

/** An update by applyMomentum. */
export interface Momentum {
  variable: Name;
  slot: Name;
  gradient: Name;
  /** The name of a value makes a scalar of it. */
  momentum: number | Name;
  nesterov: boolean;
}

/**
 * Gradients of a weighted sum of `result` by each of `by`, which the body sees under the same names; order 2: of a
 * weighted sum of the squares of these gradients.
 */
export interface Gradient {
  id: Name;
  do: 'gradient';
  order: 1 | 2;
  body: Statement[];
  result: Name;
  by: Name[];
}

export type Optimizer = 'sgd' | 'momentum' | 'adagrad' | 'adam';

/** A function that is compiled. It may call those before it. */
export interface Routine {
  params: Kind[];
  plain: number;
  body: Statement[];
  results: Name[];
}

/** What happens from outside, in order. */
export type Step =
  | { do: 'call'; function: number; inputs: (Spec | Name)[]; plain: Plain[]; hold?: Name }
  | { do: 'gradient'; function: number; inputs: (Spec | Name)[]; plain: Plain[]; order: 1 | 2 }
  | { do: 'assign'; variable: Name; from: Spec | Name }
  /** Every float variable that the program starts with gets values from JavaScript. */
  | { do: 'spread'; from: Spec }
  | { do: 'hold'; name: Name; of: Name; how: 'clone' | 'reshape' }
  | { do: 'read'; of: Name }
  | ({ do: 'momentum' } & Momentum)
  | { do: 'dispose'; function: number };

/** A whole program, as plain data. */
export interface Program {
  seed?: number;
  captured: Spec[];
  variables: Spec[];
  /** Kinds of the variables that functions make at their first call and keep. */
  made: Kind[];
  /** Tensors that functions make once and keep: an operation on a tensor of the surroundings. */
  tables: { op: string; input: Name; choices: Choice[] }[];
  functions: Routine[];
  steps: Step[];
  /** Whether all variables are read after every step, or only at the end. */
  readVariables: boolean;
  /** Whether the results of a call are read at once, or only at the end. */
  readLate: boolean;
}
