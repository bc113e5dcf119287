import protobuf from 'protobufjs';
import type { Attribute, Endpoint, Engine, NativeGraph } from './engine.js';

interface Argument {
  name: string;
  typeAttr: string;
  numberAttr: string;
  typeListAttr: string;
}

const OpDef = protobuf.Root.fromJSON({
  nested: {
    ArgDef: {
      fields: {
        name: { type: 'string', id: 1 },
        typeAttr: { type: 'string', id: 4 },
        numberAttr: { type: 'string', id: 5 },
        typeListAttr: { type: 'string', id: 6 },
      },
    },
    OpDef: {
      fields: { name: { type: 'string', id: 1 }, inputArg: { rule: 'repeated', type: 'ArgDef', id: 2 } },
    },
  },
}).lookupType('OpDef');

/** What the runtime's own definitions of its operations say. */
export interface OpDefinitions {
  /**
   * tfjs hands the inputs of an operation over as one flat list; a graph wants to know which of them form a list
   * (`Concat`, `AddN`, `Pack` ...).
   */
  arrange(
    op: string,
    inputs: readonly Endpoint[],
    attributes: readonly Attribute[],
  ): (Endpoint | Endpoint[])[];
  /**
   * The attributes with types as the inputs have them. Eager execution goes by the inputs and forgives a kernel of tfjs
   * that names another type (Mean of integers); a graph does not.
   */
  typed(op: string, dtypes: readonly number[], attributes: readonly Attribute[]): Attribute[];
}

/** Asks a runtime for its definitions, each once. */
export function opDefinitions(engine: Engine, graph: NativeGraph): OpDefinitions {
  const known = new Map<string, Argument[]>();
  const argumentsOf = (op: string): Argument[] => {
    let definition = known.get(op);
    if (!definition) {
      const decoded = OpDef.decode(engine.opDefinition(graph, op)) as unknown as { inputArg: Argument[] };
      known.set(op, (definition = decoded.inputArg));
    }
    return definition;
  };
  return {
    arrange: (op, inputs, attributes) => arrange(argumentsOf(op), inputs, attributes),
    typed(op, dtypes, attributes) {
      const positions = dtypes.map((dtype, index): Endpoint => [index, dtype]);
      const given = new Map<string, number>();
      arrange(argumentsOf(op), positions, attributes).forEach((ends, i) => {
        const { typeAttr } = argumentsOf(op)[i]!;
        const first = (Array.isArray(ends[0]) ? ends[0] : ends) as Endpoint | undefined;
        if (typeAttr && first && !given.has(typeAttr)) given.set(typeAttr, first[1]);
      });
      return attributes.map((attribute) => {
        const dtype = given.get(attribute.name);
        return dtype === undefined ? { ...attribute } : { ...attribute, value: dtype };
      });
    },
  };
}

function arrange(
  definition: readonly Argument[],
  inputs: readonly Endpoint[],
  attributes: readonly Attribute[],
): (Endpoint | Endpoint[])[] {
  const isList = (argument: Argument): boolean => !!(argument.numberAttr || argument.typeListAttr);
  const lists = definition.filter(isList);
  const free = inputs.length - (definition.length - lists.length);
  const lengthOf = (argument: Argument): number => {
    const value = attributes.find(
      ({ name }) => name === (argument.numberAttr || argument.typeListAttr),
    )?.value;
    if (typeof value === 'number') return value;
    if (Array.isArray(value)) return value.length;
    // Lists of one op that carry no length of their own share the inputs evenly (they have the same N).
    return free / lists.length;
  };
  let next = 0;
  return definition.map((argument) => {
    if (!isList(argument)) return inputs[next++]!;
    const length = lengthOf(argument);
    next += length;
    return inputs.slice(next - length, next);
  });
}
