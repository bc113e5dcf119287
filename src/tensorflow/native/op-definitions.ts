import protobuf from 'protobufjs';
import type { Attribute, Endpoint, Engine, NativeGraph } from './engine.js';

interface Argument {
  name: string;
  numberAttr: string;
  typeListAttr: string;
}

const OpDef = protobuf.Root.fromJSON({
  nested: {
    ArgDef: {
      fields: {
        name: { type: 'string', id: 1 },
        numberAttr: { type: 'string', id: 5 },
        typeListAttr: { type: 'string', id: 6 },
      },
    },
    OpDef: {
      fields: { name: { type: 'string', id: 1 }, inputArg: { rule: 'repeated', type: 'ArgDef', id: 2 } },
    },
  },
}).lookupType('OpDef');

/**
 * tfjs hands the inputs of an operation over as one flat list; a graph wants to know which of them form a list
 * (`Concat`, `AddN`, `Pack` ...). The runtime's own definition of the op tells.
 */
export function inputArranger(engine: Engine, graph: NativeGraph) {
  const known = new Map<string, Argument[]>();
  return (op: string, inputs: readonly Endpoint[], attributes: readonly Attribute[]) => {
    let definition = known.get(op);
    if (!definition) {
      const decoded = OpDef.decode(engine.opDefinition(graph, op)) as unknown as { inputArg: Argument[] };
      known.set(op, (definition = decoded.inputArg));
    }
    return arrange(definition, inputs, attributes);
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
