import type { Making } from './generate-body.js';
import { fits, slotOf } from './kinds.js';
import type { Kind, Name, Spec, Step } from './program.js';

/** Calls of a program's functions, and what the outside does between them. */
export function steps(making: Making): Step[] {
  const { draw, features, program } = making;
  const made: Step[] = [];
  const variables = program.variables.map(({ kind }, i): [Name, Kind] => [`v${i}`, kind]);
  const held: [Name, Kind][] = [];
  /** Shapes and plain values that calls of a function repeat. */
  const usual = program.functions.map(({ params, plain }) => ({
    shapes: params.map(() => draw.shape()),
    plain: Array.from({ length: plain }, () => draw.plain()),
  }));

  const input = (kind: Kind, shape: number[]): Spec | Name => {
    const candidates = [...variables, ...held].filter(([, other]) => other === kind);
    return candidates.length > 0 && draw.chance(0.15) ? draw.of(candidates)[0] : draw.spec(kind, shape);
  };
  const call = (index: number): { function: number; inputs: (Spec | Name)[]; plain: string[] } => {
    const other = features.has('retrace') && draw.chance(0.35);
    const { shapes, plain } = usual[index]!;
    return {
      function: index,
      inputs: program.functions[index]!.params.map((kind, i) => input(kind, other ? draw.shape() : shapes[i]!)),
      plain: plain.map((usually) => (draw.chance(0.4) ? draw.plain() : usually)),
    };
  }; // prettier-ignore
  const between = (): Step | undefined => {
    const kind = draw.of([...features]);
    switch (kind) {
      case 'eager': {
        const [variable, type] = draw.of(variables);
        const candidates = [...variables, ...held].filter(([, other]) => fits(other, slotOf(type)) && other === type);
        const from = draw.chance(0.4) ? draw.of(candidates)[0] : draw.spec(type, draw.shape());
        return { do: 'assign', variable, from };
      }
      case 'many':
        return { do: 'spread', from: draw.spec('float') };
      case 'momentum': {
        if (making.pairs.length === 0) return undefined;
        const [variable, slot] = draw.of(making.pairs);
        return { do: 'momentum', variable, slot, gradient: 'c0', momentum: 0.75, nesterov: draw.chance(0.3) };
      }
      case 'hold': {
        const [of, type] = draw.of(variables);
        const name = `h${held.length}`;
        held.push([name, type]);
        return { do: 'hold', name, of, how: draw.of(['clone', 'reshape'] as const) };
      }
      case 'outside': {
        const differentiable = program.functions.map((_, i) => i).filter((i) => making.checked[i]!.order > 0);
        if (differentiable.length === 0) return undefined;
        const index = draw.of(differentiable);
        const second = features.has('second') && making.checked[index]!.order > 1;
        const given = call(index);
        given.inputs[0] = draw.spec('float', usual[index]!.shapes[0]);
        return { do: 'gradient', ...given, order: second && draw.chance(0.5) ? 2 : 1 };
      }
      case 'dispose':
        return { do: 'dispose', function: draw.below(program.functions.length) };
      default:
        return undefined;
    }
  }; // prettier-ignore
  for (let i = 0, count = 3 + draw.below(5); i < count; i++) {
    const index = draw.below(program.functions.length);
    const step: Step = { do: 'call', ...call(index) };
    if (features.has('hold') && draw.chance(0.3)) {
      step.hold = `h${held.length}`;
      held.push([step.hold, making.checked[index]!.results[0]!]);
    }
    made.push(step);
    for (let j = draw.below(3); j > 0 && features.size > 0; j--) {
      const more = between();
      if (more) made.push(more);
    }
  }
  return made;
}
