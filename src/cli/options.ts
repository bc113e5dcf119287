import type { Options, PositionalOptions } from 'yargs';
import { invalid } from '../errors.js';
import { homePath } from '../files/home.js';

type Extra = Pick<Options, 'choices' | 'default' | 'defaultDescription' | 'demandOption'>;

/** An option with a value; given twice, the last one counts. */
export function value(describe: string, extra: Extra = {}): Options {
  // yargs would put a text between quotes.
  const shown = typeof extra.default === 'string' ? { defaultDescription: extra.default } : {};
  return { describe, requiresArg: true, ...shown, ...extra };
}

/** An option that is there or not. */
export function flag(describe: string): Options {
  return { describe, boolean: true };
}

/** An option that may be given several times, with one value each: `--set a=1 --set b=2`. */
export function repeated(describe: string): Options {
  return { describe, array: true, nargs: 1 };
}

/** `--json`, the same for every command that has a result. */
export const json = flag('print one JSON document on stdout and nothing else there');

/** An option that is a path. */
export function path(describe: string, extra: Extra = {}): Options {
  return { ...value(describe, extra), coerce: homePath };
}

/** `--processes`, for commands whose work is shared. */
export const processesOption = integer(
  'processes',
  1,
  'share the work among N processes on this machine, a GPU each where there are some',
  { defaultDescription: '1' },
);

/** What can be named as a network. */
export const anyNetwork = 'run folder, checkpoint, model.json, .safetensors, .onnx, .pth, .h5 or .keras';

/** The network that a command works with. */
export const networkWeights = path(anyNetwork, { demandOption: true });

/** The layer whose activations maps are made of. */
export const targetLayer = value('target layer', { defaultDescription: 'the last one with spatial output' });

/** An option that is one or more paths: `--image a.jpg b.jpg`. */
export function paths(describe: string): Options {
  return {
    describe,
    array: true,
    requiresArg: true,
    coerce: (given?: string[]) => given?.map(homePath),
  };
}

/** Arguments without a flag that are paths. */
export function pathArguments(describe: string): PositionalOptions {
  return {
    describe,
    // Else yargs has [] as the default, and says so in the help; like this it has [undefined].
    default: undefined,
    coerce: (given: (string | undefined)[]) =>
      given.flatMap((one) => (one === undefined ? [] : homePath(one))),
  };
}

/** An argument without a flag that is a path. */
export function pathArgument(describe: string): PositionalOptions {
  return { describe, coerce: (given?: string) => (given === undefined ? given : homePath(given)) };
}

/** An option that is an integer of `least` or more. */
export function integer(name: string, least: number, describe: string, extra: Extra = {}): Options {
  const isRight = (given: number): boolean => Number.isInteger(given) && given >= least;
  return { ...value(describe, extra), coerce: number(name, `an integer of ${least} or more`, isRight) };
}

/** An option that is a number from 0 to 1. */
export function share(name: string, describe: string, extra: Extra = {}): Options {
  const isRight = (given: number): boolean => given >= 0 && given <= 1;
  return { ...value(describe, extra), coerce: number(name, 'a number from 0 to 1', isRight) };
}

/** An option that is a number above 0. */
export function positive(name: string, describe: string, extra: Extra = {}): Options {
  const isRight = (given: number): boolean => given > 0 && Number.isFinite(given);
  return { ...value(describe, extra), coerce: number(name, 'a number above 0', isRight) };
}

/** @throws InvalidInput from what it returns, where the text is no such number */
function number(name: string, expected: string, isRight: (given: number) => boolean) {
  return (given: string | number | undefined): number | undefined => {
    if (given === undefined) return undefined;
    const read = String(given).trim() === '' ? NaN : Number(given);
    if (!isRight(read)) throw invalid(`--${name}`, expected, given);
    return read;
  };
}
