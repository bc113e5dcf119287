import type { Argv, CommandModule, Options, PositionalOptions } from 'yargs';

/** A command: what it is called with, and what it does. */
export interface CommandDefinition<Flags> {
  /** Name and arguments: 'train [recipe]'. */
  usage: string;
  describe: string;
  /** The arguments without a flag. */
  positionals?: Readonly<Record<string, PositionalOptions>>;
  options: Readonly<Record<string, Options>>;
  /** Stands below the help. */
  epilogue?: string;
  run(flags: Flags): Promise<void>;
}

/** A command as yargs takes it. */
export function command<Flags>(definition: CommandDefinition<Flags>): CommandModule<object, Flags> {
  const { usage, describe, positionals = {}, options, epilogue, run } = definition;
  return {
    command: usage,
    describe,
    builder: (yargs) => {
      for (const [name, positional] of Object.entries(positionals)) yargs.positional(name, positional);
      yargs.options(options);
      if (epilogue !== undefined) yargs.epilogue(epilogue);
      return yargs as unknown as Argv<Flags>;
    },
    handler: async (flags) => {
      // stdout carries the result alone: what a library logs belongs beside it. (yargs itself prints help with it.)
      const { log, info, debug } = console;
      console.log = console.info = console.debug = console.error;
      try {
        await run(flags as Flags);
      } finally {
        Object.assign(console, { log, info, debug });
      }
    },
  };
}
