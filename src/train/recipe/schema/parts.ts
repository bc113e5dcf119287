import { z } from 'zod';

/** A whole number from `least` on. */
export function count(least = 1) {
  return z.int().min(least);
}

/** A share or a probability. */
export function share() {
  return z.number().min(0).max(1);
}

/** A seed: 32 bits without a sign. */
export function seed() {
  return anySeed().default(0);
}

/** The same without a default. */
export function anySeed() {
  return count(0).max(2 ** 32 - 1);
}

/** A path or a name. */
export function text() {
  return z.string().min(1);
}

/** The same, or null, which is the default. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullable().default(null);
}

/** Values under names that the user chooses: of classes, or patterns of layers. */
export function table<T extends z.ZodType>(schema: T) {
  return z.record(text(), schema);
}

/** What something is computed in. */
export const precision = () => z.enum(['float32', 'bfloat16', 'float16']);
