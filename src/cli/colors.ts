import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colors for a stream: none unless it is a terminal, none where NO_COLOR is set (no-color.org). */
export function colorsOf(
  stream: { isTTY?: boolean },
  environment: Record<string, string | undefined>,
): Colors {
  return picocolors.createColors(isTerminal(stream, environment) && !environment.NO_COLOR);
}

/** Whether a line can be redrawn and colored there. */
export function isTerminal(
  stream: { isTTY?: boolean },
  environment: Record<string, string | undefined>,
): boolean {
  return stream.isTTY === true && environment.TERM !== 'dumb';
}
