import { z } from 'zod';
import { type SettingDescription, settingDescriptions } from './setting.js';

/** What the values of a setting are, as a schema and in words. */
export interface SettingType<S extends z.ZodType>
  extends Pick<SettingDescription, 'allowed' | 'placeholder' | 'fromTexts' | 'secret'> {
  readonly schema: S;
}

/** What a setting has of its own where it does not follow from its name, its type or its default. */
type Naming = Pick<SettingDescription, 'flag' | 'environment' | 'defaultText'>;

/** A setting that always has a value. */
export function withDefault<S extends z.ZodType>(
  { schema, ...type }: SettingType<S>,
  value: z.output<S>,
  meaning: string,
  naming: Naming = {},
): z.ZodDefault<S> {
  // The default is an output too: plain values validate to themselves.
  const made = schema.default(value as z.core.util.NoUndefined<z.output<S>>);
  settingDescriptions.add(made, { ...type, meaning, ...naming });
  return made;
}

/** A setting that may be left out. */
export function optional<S extends z.ZodType>(
  { schema, ...type }: SettingType<S>,
  meaning: string,
  naming: Naming & { readonly defaultText: string },
): z.ZodExactOptional<S> {
  const made = z.exactOptional(schema);
  settingDescriptions.add(made, { ...type, meaning, ...naming });
  return made;
}

/** On or off. */
export function toggle(value: boolean, meaning: string, naming?: Naming): z.ZodDefault<z.ZodBoolean> {
  return withDefault({ schema: z.boolean(), allowed: 'true or false' }, value, meaning, naming);
}

export function wholeNumber(minimum: number, maximum?: number, placeholder = 'n'): SettingType<z.ZodNumber> {
  const schema = z.int().min(minimum);
  if (maximum === undefined) return { schema, allowed: `a whole number, ${minimum} or more`, placeholder };
  return { schema: schema.max(maximum), allowed: `a whole number from ${minimum} to ${maximum}`, placeholder };
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  values: T,
  placeholder = 'name',
): SettingType<z.ZodEnum<{ [K in T[number]]: K }>> {
  return { schema: z.enum(values), allowed: values.join(', '), placeholder };
}
