import type { z } from 'zod';
import { configurationSchema } from './server-configuration.js';
import { type SettingDescription, settingDescriptions } from './setting.js';

/** One setting: where it stands in the configuration, how it is written, and what it means. */
export interface Setting extends SettingDescription {
  readonly flag: string;
  readonly environment: string;
  /** From the root: `['engine', 'maxQueue']`. */
  readonly path: readonly string[];
  /** `engine.maxQueue`. */
  readonly name: string;
  readonly kind: 'text' | 'number' | 'switch' | 'list';
  readonly schema: z.ZodType;
  /** The value where nothing else is said; `undefined` for those that may stay out. */
  readonly defaultValue: unknown;
}

/** All settings, in the order of the schema. */
export const SETTINGS: readonly Setting[] = settingsOf(configurationSchema, []);

function settingsOf(schema: z.ZodType, path: readonly string[]): readonly Setting[] {
  const description = settingDescriptions.get(schema);
  if (description !== undefined) {
    const { flag = kebabCase(path.at(-1) ?? '') } = description;
    const { environment = `FORETOKEN_${flag.toUpperCase().replaceAll('-', '_')}` } = description;
    return [{ ...description, flag, environment, path, name: path.join('.'), schema, ...shapeOf(schema) }];
  }
  const { def } = schema as { readonly def: SchemaDefinition };
  if (def.shape !== undefined) {
    return Object.entries(def.shape).flatMap(([key, inner]) => settingsOf(inner, [...path, key]));
  }
  return def.innerType === undefined ? [] : settingsOf(def.innerType, path);
}

/** The parts of zod's definitions that settings are built of. */
interface SchemaDefinition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly defaultValue?: unknown;
}

function shapeOf(schema: z.ZodType): Pick<Setting, 'kind' | 'defaultValue'> {
  const { def } = schema as { readonly def: SchemaDefinition };
  const defaultValue = def.type === 'default' ? def.defaultValue : undefined;
  let inner = def;
  while (inner.innerType !== undefined) inner = (inner.innerType as unknown as { readonly def: SchemaDefinition }).def;
  const kind =
    inner.type === 'array' ? 'list' : inner.type === 'boolean' ? 'switch' : inner.type === 'number' ? 'number' : 'text';
  return { kind, defaultValue };
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
