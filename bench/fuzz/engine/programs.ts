import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './program.js';

/** A program that once showed something wrong. */
export interface Kept {
  name: string;
  /** What was found, in words. */
  found: string;
  program: Program;
}

/** The kept programs of a folder, by name. */
export function keptPrograms(folder: string): Kept[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const { found, program } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Kept, 'name'>;
      return { name: file.slice(0, -'.json'.length), found, program };
    });
}
