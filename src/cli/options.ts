import { InvalidArgumentError, Option } from 'commander';

/** `--json`, the same for every command that has a result. */
export function jsonOption(): Option {
  return new Option('--json', 'print one JSON document on stdout and nothing else there');
}

/** Collects an option that may be given several times. */
export function repeated(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Reads an option that is an integer of `least` or more. */
export function integerOf(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected an integer of ${least} or more.`);
    }
    return value;
  };
}
