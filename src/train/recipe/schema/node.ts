/** The part of JSON Schema (draft 7) that recipes use. */
export interface Schema {
  $schema?: string;
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  exclusiveMaximum?: number;
  anyOf?: Schema[];
}

/** Keys of its own and no others; a section without required keys may be left out whole. */
export function section(
  description: string,
  properties: Record<string, Schema>,
  required?: string[],
): Schema {
  return {
    type: 'object',
    description,
    properties,
    additionalProperties: false,
    default: {},
    ...(required ? { required } : {}),
  };
}

export function integer(description: string, rest: Schema): Schema {
  return { type: 'integer', description, ...rest };
}

export function number(description: string, rest: Schema): Schema {
  return { type: 'number', description, ...rest };
}

/** A share or a probability: a number from 0 to 1. */
export function share(description: string, standard: number): Schema {
  return number(description, { minimum: 0, maximum: 1, default: standard });
}

export function flag(description: string, standard: boolean): Schema {
  return { type: 'boolean', description, default: standard };
}

export function text(description: string, rest: Schema = {}): Schema {
  return { type: 'string', minLength: 1, description, ...rest };
}

export function choice(description: string, values: (string | null)[], standard: string | null): Schema {
  return { enum: values, description, default: standard };
}

/** The same, or null, which is the default. */
export function optional(schema: Schema): Schema {
  return { ...schema, type: [schema.type as string, 'null'], default: null };
}

/** Two numbers, the lower and the upper end. */
export function range(description: string, of: Schema, standard: [number, number]): Schema {
  return { type: 'array', description, items: of, minItems: 2, maxItems: 2, default: standard };
}
