import type { Argv } from 'yargs';
import { commandLine } from '../process/command-line.js';
import { InvalidInput } from '../errors.js';
import { nearest } from '../text/nearest.js';

/** What yargs has parsed: flags by their names, the rest in `_`. */
export type Parsed = Record<string, unknown> & { _: (string | number)[] };

/** What yargs knows of the command that it parses for. */
interface Known {
  /** Every flag and named argument. */
  key: Readonly<Record<string, unknown>>;
  array: readonly string[];
  choices: Readonly<Record<string, readonly string[]>>;
  demandedOptions: Readonly<Record<string, unknown>>;
}

/** What yargs has, but not in its types. */
interface YargsState {
  getOptions(): Known;
  getGroups(): Readonly<Record<string, readonly string[]>>;
}

/**
 * Refuses what no command or flag is, with the nearest one that is, and before anything else: who misspells a flag
 * that is needed hears that it is misspelled, and not that it is missing.
 *
 * @param commands names of all commands
 * @throws InvalidInput for wrong use
 */
export function checkArguments(parsed: Parsed, yargs: Argv, commands: readonly string[]): void {
  // Help and completion ask for nothing else.
  if (parsed['help'] || parsed['version'] || 'get-yargs-completions' in parsed) return;
  const state = yargs as unknown as YargsState;
  const { key, array, choices, demandedOptions } = state.getOptions();
  const { 'Positionals:': positionals = [] } = state.getGroups();
  const written = (name: string): string => (positionals.includes(name) ? name.toUpperCase() : dashed(name));
  const [command, ...more] = parsed._.map(String);
  if (command !== undefined && !commands.includes(command)) {
    throw wrong(`unknown command ${quoted(command)}`, near(command, commands));
  }
  for (const name of Object.keys(parsed)) {
    if (['_', '$0', '--'].includes(name) || Object.hasOwn(key, name)) continue;
    const flags = Object.keys(key).filter((known) => !positionals.includes(known));
    throw wrong(`unknown option ${dashed(name)}`, near(name, flags, dashed), command);
  }
  if (more.length > 0) {
    const meant = Object.hasOwn(key, 'image') ? `--image ${more[0]}` : undefined;
    throw wrong(`unexpected argument ${quoted(more[0]!)}`, meant, command);
  }
  for (const [name, value] of Object.entries(parsed)) {
    // Given twice: the last one counts.
    if (name !== '_' && Array.isArray(value) && !array.includes(name)) parsed[name] = value.at(-1);
  }
  const empty = Object.keys(parsed).find((name) => [parsed[name]].flat().includes(''));
  if (empty !== undefined)
    throw wrong(`${written(empty)}: expected a value, found nothing`, undefined, command);
  const missing = Object.keys(demandedOptions).filter((name) => parsed[name] === undefined);
  if (missing.length > 0) {
    const are = missing.length > 1 ? 'are' : 'is';
    throw wrong(`${missing.map(written).join(' and ')} ${are} missing`, undefined, command);
  }
  for (const [name, allowed] of Object.entries(choices)) {
    const value = parsed[name];
    if (typeof value !== 'string' || allowed.includes(value)) continue;
    throw wrong(
      `${written(name)}: expected ${allowed.join(', ')}, found ${quoted(value)}`,
      near(value, allowed),
      command,
    );
  }
}

/** An error that says how it is used right: as the nearest name, else where help is found. */
export function wrong(problem: string, meant: string | undefined, command?: string): InvalidInput {
  const help = `${commandLine([...(command === undefined ? [] : [command]), '--help'])} says what there is`;
  return new InvalidInput(`${problem}; ${meant === undefined ? help : `did you mean ${meant}?`}`);
}

/** The arguments without the given flags and their values. */
export function withoutFlags(args: readonly string[], flags: readonly string[]): string[] {
  const isFlag = (text: string | undefined): boolean => flags.some((flag) => text === `--${flag}`);
  const holdsValue = (text: string): boolean => flags.some((flag) => text.startsWith(`--${flag}=`));
  return args.filter(
    (argument, index) => !isFlag(argument) && !isFlag(args[index - 1]) && !holdsValue(argument),
  );
}

function near(given: string, names: readonly string[], written = (name: string) => name): string | undefined {
  return nearest(given, names, names.map(written));
}

const dashed = (name: string): string => (name.length === 1 ? `-${name}` : `--${name}`);

const quoted = (text: string): string => JSON.stringify(text);
