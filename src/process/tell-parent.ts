/** Sends something to the process that has started this one; nothing where it is gone, or where there is none. */
export function tellParent(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
