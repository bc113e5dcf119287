import { random } from '../../../src/random.js';
import { draws } from './draw.js';
import { swarm } from './features.js';
import { type Body, extend, type Making, START } from './generate-body.js';
import { steps } from './generate-steps.js';
import { check, surroundings } from './kinds.js';
import { signatures } from './ops/index.js';
import type { Kind, Name, Program, Routine } from './program.js';

/** How many operations a program draws from. */
const OPS = 30;
/** Operations that the engine treats in a special way (own gradients, folding, fusion), so that they meet often. */
const SPECIAL = [
  ...['relu', 'sum', 'mean', 'batchNormTraining', 'batchNormInference', 'square', 'mul', 'tanh', 'gather'],
  ...['conv2d', 'conv2d and batch norm', 'conv2d, bias, residual and relu', 'reshape', 'softmax', 'matMul'],
];
const [CASES, OWN] = [true, false].map((cases) =>
  Object.keys(signatures).filter((op) => op.startsWith('case ') === cases),
) as [string[], string[]];
const POOLS = [SPECIAL, SPECIAL, CASES, OWN, OWN, OWN];

/**
 * A random program; the same for the same seed.
 *
 * @param without features that it shall not have
 * @param having features that it has in any case
 */
export function generate(
  seed: number,
  without: readonly string[] = [],
  having: readonly string[] = [],
): Program {
  const draw = draws(random(seed));
  const features = swarm(draw, without, having);
  const pairs: [Name, Name][] = [];
  const program: Program = {
    seed,
    captured: [draw.spec('float'), draw.spec(draw.of(['exact', 'int', 'bool'] as const))],
    variables: [],
    made: Array.from({ length: features.has('make') ? 1 + draw.below(2) : 0 }, () => draw.kind()),
    tables: [],
    functions: [],
    steps: [],
    readVariables: draw.chance(0.5),
    readLate: draw.chance(0.3),
  };
  if (draw.chance(0.15)) program.captured.push(draw.spec('float', [1100]));
  const count = features.has('many') ? 200 : 1 + draw.below(4);
  for (let i = 0; i < count; i++) {
    program.variables.push(features.has('many') && i > 3 ? draw.spec('float', [64]) : draw.spec(draw.kind()));
    if (!features.has('momentum') || draw.chance(0.3)) continue;
    const shape = draw.shape();
    program.variables.push(draw.spec('float', shape), draw.spec('float', shape));
    pairs.push([`v${program.variables.length - 2}`, `v${program.variables.length - 1}`]);
  }
  const outside = surroundings(program);
  const unary = Object.keys(signatures).filter((op) => signatures[op]!.slots.length === 1);
  for (let i = 0; i < (features.has('keep') ? 1 + draw.below(2) : 0); i++) {
    const input = draw.of(['c0', 'c1']);
    const kind = outside.get(input)!;
    const fitting = unary.filter((op) => kind !== 'float' || 'FA'.includes(signatures[op]!.slots[0]!));
    program.tables.push({ op: draw.of(fitting), input, choices: [draw.below(64), draw.below(64), draw.below(64)] });
  } // prettier-ignore
  let last = 0;
  const making: Making = {
    draw,
    features,
    program,
    pairs,
    ops: Array.from({ length: OPS }, () => draw.of(draw.of(POOLS))),
    checked: [],
    nextId: () => `s${last++}`,
  };
  for (let i = 0, functions = 1 + draw.below(3); i < functions; i++) {
    program.functions.push(made(making, outside));
    making.checked = check(program);
  }
  program.steps = steps(making);
  return program;
}

function made(making: Making, outside: Map<Name, Kind>): Routine {
  const { draw, features } = making;
  const params = Array.from({ length: 1 + draw.below(3) }, (_, i) => (i === 0 ? 'float' : draw.kind()));
  const kinds = new Map([...outside, ...params.map((kind, i): [Name, Kind] => [`p${i}`, kind])]);
  // Variables made inside exist from their statement on.
  [...kinds.keys()].filter((name) => name.startsWith('m')).forEach((name) => kinds.delete(name));
  const body: Body = {
    kinds,
    bounds: new Map([...kinds].map(([name, kind]) => [name, name.startsWith('v') ? 3 : START[kind]])),
    names: [...kinds.keys()],
    order: 0,
    plain: features.has('plain') ? 1 : 0,
    statements: [],
  };
  for (let i = 0, count = 2 + draw.below(9); i < count; i++) extend(making, body);
  const own = body.statements.map(({ id }) => id);
  const results = draw.some(own.slice(-5), 3);
  if (draw.chance(0.1) || results.length === 0) results.push(draw.of([...kinds.keys()].slice(0, 6)));
  return { params, plain: body.plain, body: body.statements, results };
}
