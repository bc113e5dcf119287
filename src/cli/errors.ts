import { Failure, InvalidInput } from '../errors.js';
import { systemReason } from '../files/folders.js';
import { printable, printableLines } from '../text/printable.js';

/** Exit status for an error: 2 for wrong use, 1 for what failed. */
export function exitStatus(error: unknown): 1 | 2 {
  return error instanceof InvalidInput ? 2 : 1;
}

/**
 * What a person is told about an error: our own errors are sentences already; of what the system refuses the path and
 * the reason; of a mistake in the program only its message, and how to see the rest.
 *
 * @param environment where CAMTUNE_DEBUG asks for the stack
 */
export function sentence(error: unknown, environment: Record<string, string | undefined>): string {
  const message = error instanceof Error ? error.message : String(error);
  if (environment.CAMTUNE_DEBUG) {
    return printableLines(error instanceof Error ? (error.stack ?? message) : message);
  }
  if (error instanceof InvalidInput || error instanceof Failure) return `camtune: ${indented(message)}`;
  const { syscall, path, dest = path } = error as NodeJS.ErrnoException & { dest?: string };
  if (syscall !== undefined && dest !== undefined) {
    return `camtune: ${printable(dest)}: ${systemReason(error as NodeJS.ErrnoException)}`;
  }
  const [first = 'unknown error'] = message.split('\n');
  if (error instanceof RangeError && /array length|allocation/i.test(first)) {
    return `camtune: what is asked for needs more memory than there can be (${printable(first)})`;
  }
  return `camtune: ${printable(first)}; run with CAMTUNE_DEBUG=1 for the stack`;
}

/** Lines that follow are ours where they are indented; any other line end stands in a name. */
function indented(message: string): string {
  return message
    .split(/\n(?= {2})/)
    .map(printable)
    .join('\n');
}
