import { z } from 'zod';
import { type SettingDescription, settingDescriptions } from './setting.js';

/** What describes a setting but follows from its type. */
type Described = Omit<SettingDescription, 'allowed' | 'environment'> & {
  /** @default FORETOKEN_ and the flag */
  readonly environment?: string;
};

/** A setting that always has a value. */
export function withDefault<S extends z.ZodType>(
  schema: S,
  value: z.output<S>,
  description: Described & { readonly allowed: string },
): z.ZodDefault<S> {
  // The default is an output too: plain values validate to themselves.
  const made = schema.default(value as z.core.util.NoUndefined<z.output<S>>);
  return describe(made, description);
}

/** A setting that may be left out. */
export function optional<S extends z.ZodType>(
  schema: S,
  description: Described & { readonly allowed: string },
): z.ZodExactOptional<S> {
  return describe(z.exactOptional(schema), description);
}

export function wholeNumber(range: { readonly minimum: number; readonly maximum?: number }): {
  readonly schema: z.ZodNumber;
  readonly allowed: string;
} {
  const { minimum, maximum } = range;
  const schema = z.int().min(minimum);
  if (maximum === undefined) return { schema, allowed: `a whole number, ${minimum} or more` };
  return { schema: schema.max(maximum), allowed: `a whole number from ${minimum} to ${maximum}` };
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  values: T,
): {
  readonly schema: z.ZodEnum<{ [K in T[number]]: K }>;
  readonly allowed: string;
} {
  return { schema: z.enum(values), allowed: values.join(', ') };
}

/** On or off. */
export function toggle(value: boolean, description: Described): z.ZodDefault<z.ZodBoolean> {
  return withDefault(z.boolean(), value, { ...description, allowed: 'true or false' });
}

function describe<S extends z.ZodType>(schema: S, description: Described & { readonly allowed: string }): S {
  const environment = `FORETOKEN_${description.flag.toUpperCase().replaceAll('-', '_')}`;
  settingDescriptions.add(schema, { environment, ...description });
  return schema;
}
