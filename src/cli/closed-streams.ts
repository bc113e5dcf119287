/**
 * Lets the work go on where nobody reads what it says any more (`| head`, a terminal that was closed): the lines are
 * lost, the files are not. A result that cannot be written for another reason is a failure.
 *
 * @param fail is told the sentence
 */
export function outliveReaders(
  { stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>,
  fail: (message: string) => void,
): void {
  stderr.on('error', () => undefined);
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!closed.includes(error.code ?? '')) fail(`the output cannot be written (${error.message})`);
  });
}

const closed = ['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'];
