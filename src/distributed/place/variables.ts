import { invalid } from '../../errors.js';

export type Environment = Record<string, string | undefined>;

/** What a launcher says of this process. */
export interface Task {
  rank: number;
  size: number;
}

/** The same with host:port of each process; none where there is only one. */
export interface FoundPlace extends Task {
  addresses: string[];
}

/**
 * Rank and size from two variables.
 *
 * @throws InvalidInput where one of them is missing, is no whole number, or the rank is not below the size
 */
export function taskFrom(environment: Environment, rankName: string, sizeNames: readonly string[]): Task {
  const sizeName = sizeNames.find((name) => environment[name] !== undefined) ?? sizeNames[0]!;
  const size = wholeNumber(environment, sizeName, 1, `the number of processes beside ${rankName}`);
  const rank = wholeNumber(environment, rankName, 0, `the number of this process beside ${sizeName}`);
  if (rank >= size) throw invalid(rankName, `a number below ${sizeName} (${size})`, rank);
  return { rank, size };
}

/** @throws InvalidInput where the variable is missing or no whole number of `least` or more */
export function wholeNumber(environment: Environment, name: string, least: number, meaning: string): number {
  const text = environment[name];
  const value = /^\d{1,9}$/.test(text ?? '') ? Number(text) : NaN;
  if (!(value >= least))
    throw invalid(name, `${meaning}, ${least} or more`, text, 'start all processes with one launcher');
  return value;
}
