import type { ZodType } from 'zod';
import { Failure } from '../errors.js';

/**
 * The content of a file, where it has the form that it should have.
 *
 * @param expected what it should be, in words
 * @throws Failure that names the file and the place in it
 */
export function checked<T>(schema: ZodType<T>, content: unknown, path: string, expected: string): T {
  const { data, error } = schema.safeParse(content);
  if (!error) return data;
  const where = error.issues[0]!.path.join('.');
  throw new Failure(`${path}: expected ${expected}, found another value${where && ` at ${where}`}`);
}
