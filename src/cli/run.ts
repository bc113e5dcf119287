import { exitStatus, sentence } from './errors.js';
import { tell } from './print.js';
import { program } from './program.js';

/**
 * Runs the command line. What goes wrong is told in a sentence on stderr, and in the exit status of the process.
 *
 * @param args what stands behind the program's name
 * @param prepare done first; what it throws is told as well
 */
export async function run(args: readonly string[], prepare?: () => void): Promise<void> {
  try {
    prepare?.();
    await program(args).parseAsync();
  } catch (error) {
    tell(sentence(error, process.env));
    process.exitCode = exitStatus(error);
  }
}
