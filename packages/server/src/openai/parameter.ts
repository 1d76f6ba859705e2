import { z } from 'zod';

/** Defaults in words, by schema. */
const defaults = z.registry<{ readonly words: string }>();

/**
 * A parameter of requests as `/docs` and the table of the documentation tell it. `byDefault`: in words, where the schema
 * has no default.
 */
export function parameter<S extends z.ZodType>(schema: S, meaning: string, byDefault = 'none'): S {
  const described = schema.describe(meaning);
  const { def } = described as z.ZodType as {
    readonly def: { readonly type: string; readonly defaultValue?: unknown };
  };
  defaults.add(described, { words: def.type === 'default' ? JSON.stringify(def.defaultValue) : byDefault });
  return described;
}

/** What a parameter is where it is left out, and what it means; `undefined` for what `parameter` did not make. */
export function parameterHelp(schema: z.ZodType): { readonly byDefault: string; readonly meaning: string } | undefined {
  const byDefault = defaults.get(schema)?.words;
  return byDefault === undefined ? undefined : { byDefault, meaning: schema.description ?? '' };
}
