import { createRequire } from 'node:module';
import yargs, { type Argv, type CommandModule } from 'yargs';
import { InvalidInput } from '../errors.js';
import { checkArguments, wrong } from './arguments.js';
import {
  benchCommand,
  compareCommand,
  doctorCommand,
  evaluateCommand,
  explainCommand,
  exportCommand,
  importCommand,
  monitorCommand,
  predictCommand,
  setupCommand,
  shortcutsCommand,
  trainCommand,
} from './commands/index.js';

const commands = [
  setupCommand,
  doctorCommand,
  trainCommand,
  predictCommand,
  explainCommand,
  evaluateCommand,
  compareCommand,
  monitorCommand,
  shortcutsCommand,
  importCommand,
  exportCommand,
  benchCommand,
] as unknown as CommandModule[];

/**
 * The command line. The commands load what they need only when they run, so that help is quick. Parsing throws what is
 * wrong as InvalidInput, and what a command throws, instead of ending the process.
 *
 * @param args what stands behind the program's name
 */
export function program(args: readonly string[]): Argv {
  const { version, description } = createRequire(import.meta.url)('../../package.json') as Record<
    string,
    string
  >;
  const names = [...commands.map(({ command }) => nameOf(String(command))), 'completion'];
  const [first, ...rest] = args;
  const root: Argv = yargs(first === 'help' ? [...rest, '--help'] : args)
    .scriptName('camtune')
    .usage(`Usage: $0 COMMAND [options]\n\n${description}`)
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .locale('en')
    .updateStrings(sentences as unknown as Record<string, string>)
    .middleware((parsed) => checkArguments(parsed, root, names), true)
    .demandCommand(1, wrong('a command is missing', undefined).message)
    .version(version!)
    .epilogue('camtune COMMAND --help says more. Exit status: 0 done, 1 failed, 2 wrong use.')
    .wrap(Math.min(110, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      if (error && error.name !== 'YError') throw error;
      if (error) throw new InvalidInput(error.message);
      throw message?.startsWith(missingArgument) ? withoutArgument(args) : new InvalidInput(message ?? '');
    });
  for (const each of commands) root.command(each);
  return root.completion('completion', 'print a script that completes commands and flags in bash and zsh');
}

/** What yargs says where an argument without a flag is missing; it does not say which. */
const missingArgument = 'an argument is missing';

function withoutArgument(args: readonly string[]): InvalidInput {
  const usages = commands.map(({ command }) => String(command));
  const usage = usages.find((each) => args.includes(nameOf(each)))!;
  return wrong(`${usage}: ${missingArgument}`, undefined, nameOf(usage));
}

function nameOf(usage: string): string {
  return usage.split(' ')[0]!;
}

/** What yargs says, in our words. */
const sentences = {
  'Show help': 'show this help',
  'Show version number': 'show the version',
  array: 'may be repeated',
  boolean: 'flag',
  'Not enough arguments following: %s': '--%s: expected a value, found nothing',
  'Not enough non-option arguments: got %s, need at least %s': {
    one: missingArgument,
    other: missingArgument,
  },
};
