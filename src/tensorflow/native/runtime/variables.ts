import type * as tf from '@tensorflow/tfjs-core';
import { numberOf } from './dtypes.js';
import { TF, typeAttribute, type Attribute, type NodeBackend, type TensorEntry } from './engine.js';
import { ownData } from './own-data.js';
import { isSymbol } from './symbols.js';

interface Resident {
  /** Addon id of the resource handle. */
  handle: number;
  /** The data that the tfjs variable had when the runtime's value was last made equal to it. */
  dataId: object;
  /** Compiled functions that assign the variable. */
  users: number;
  /** Lets go of the value that eager code read last. */
  forget(): void;
}

/**
 * Variables that compiled functions assign live in the runtime as resources and are updated there in place. Their tfjs
 * counterparts stay current by themselves: what the backend keeps for such a variable reads the resource when somebody
 * asks for it, and a variable that eager code has assigned is written to the resource before the next compiled call.
 */
export function residentVariables(backend: NodeBackend) {
  const residents = new WeakMap<tf.Variable, Resident>();
  const { binding } = backend;
  const abandoned = new FinalizationRegistry((handle: number) => binding.deleteTensor(handle));

  const push = (variable: tf.Variable, resident: Resident): void => {
    const id = backend.getInputTensorIds([variable])[0]!;
    binding.executeOp(
      'AssignVariableOp',
      [typeAttribute('dtype', numberOf(variable.dtype))],
      [resident.handle, id],
      0,
    );
    follow(backend, variable, resident);
  };
  return {
    /** Registers one more function that assigns the variable. */
    use(variable: tf.Variable): void {
      let resident = residents.get(variable);
      if (!resident) {
        const handle = binding.executeOp('VarHandleOp', anonymous(variable), [], 1)[0]!.id;
        resident = { handle, dataId: {}, users: 0, forget: () => undefined };
        residents.set(variable, resident);
        abandoned.register(variable, handle, resident);
      }
      resident.users++;
    },
    /** Addon id of the handle under which the runtime knows a variable in use. */
    handle: (variable: tf.Variable): number => residents.get(variable)!.handle,
    /** Before a compiled call: what eager code assigned goes to the runtime. */
    refresh(variables: readonly tf.Variable[]): void {
      for (const variable of variables) {
        if (variable.isDisposed) throw new Error(`compile: variable ${variable.name} was disposed`);
        const resident = residents.get(variable)!;
        // Made by this very call: the function writes its first value itself.
        if (isSymbol(backend.tensorMap.get(variable.dataId).id)) continue;
        ownData(backend, variable);
        if (variable.dataId !== resident.dataId) push(variable, resident);
        // A value read earlier shares the resource's memory: while somebody holds it, an update has to copy.
        resident.forget();
      }
    },
    /** When the last function that assigns the variable is gone, it is an ordinary tfjs variable again. */
    release(variables: readonly tf.Variable[]): void {
      for (const variable of variables) {
        const resident = residents.get(variable);
        if (!resident || --resident.users > 0) continue;
        if (!variable.isDisposed) backend.getInputTensorIds([variable]);
        binding.deleteTensor(resident.handle);
        abandoned.unregister(resident);
        residents.delete(variable);
      }
    },
  };
}

/** Replaces what the backend keeps for the variable by an entry whose id is read from the resource on demand. */
function follow(backend: NodeBackend, variable: tf.Variable, resident: Resident): void {
  const { shape, dtype, refCount, id } = backend.tensorMap.get(variable.dataId);
  const { binding } = backend;
  const { handle } = resident;
  const attribute = typeAttribute('dtype', numberOf(variable.dtype));
  let read = id;
  const entry: TensorEntry = {
    shape,
    dtype,
    refCount,
    values: null,
    get id() {
      if (read < 0) read = binding.executeOp('ReadVariableOp', [attribute], [handle], 1)[0]!.id;
      return read;
    },
    set id(given: number) {
      read = given;
    },
  };
  resident.forget = () => {
    if (read >= 0) binding.deleteTensor(read);
    read = -1;
  };
  backend.tensorMap.set(variable.dataId, entry);
  resident.dataId = variable.dataId;
}

/** Attributes of VarHandleOp: under this name the runtime drops the variable with the last handle of it. */
function anonymous(variable: tf.Variable): Attribute[] {
  return [
    typeAttribute('dtype', numberOf(variable.dtype)),
    { name: 'shape', type: TF.shape, value: variable.shape },
    { name: 'container', type: TF.string, value: '' },
    { name: 'shared_name', type: TF.string, value: 'cd2c89b7-88b7-44c8-ad83-06c2a9158347' },
  ];
}
