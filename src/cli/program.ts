import { createRequire } from 'node:module';
import { Command } from 'commander';
import {
  benchCommand,
  compareCommand,
  doctorCommand,
  evaluateCommand,
  explainCommand,
  importCommand,
  monitorCommand,
  predictCommand,
  setupCommand,
  trainCommand,
} from './commands/index.js';

/**
 * The command line. The commands load what they need only when they run, so that help is quick.
 * Parsing throws CommanderError instead of ending the process.
 */
export function program(): Command {
  const { version, description } = createRequire(import.meta.url)('../../package.json') as Record<
    string,
    string
  >;
  const root = new Command('camtune')
    .description(description!)
    .version(version!)
    .exitOverride()
    .showHelpAfterError('(camtune COMMAND --help says more)')
    .addHelpText('after', '\nExit status: 0 done, 1 failed, 2 wrong use.');
  for (const add of [
    setupCommand,
    doctorCommand,
    trainCommand,
    predictCommand,
    explainCommand,
    evaluateCommand,
    compareCommand,
    monitorCommand,
    importCommand,
    benchCommand,
  ])
    add(root);
  return root;
}
