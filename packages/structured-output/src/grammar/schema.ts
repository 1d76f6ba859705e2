import { InvalidConstraintError } from '../errors.js';

/** A JSON schema that is an object. */
export type Schema = Readonly<Record<string, unknown>>;

export type SchemaType = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';

export const SCHEMA_TYPES: readonly SchemaType[] = [
  'object',
  'array',
  'string',
  'number',
  'integer',
  'boolean',
  'null',
];

/** What the keywords of each type say about values of that type only. */
export const KEYWORDS_OF_TYPES: ReadonlyMap<SchemaType, readonly string[]> = new Map([
  ['object', ['properties', 'required', 'additionalProperties', 'propertyNames', 'minProperties', 'maxProperties']],
  ['array', ['items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems']],
  ['string', ['minLength', 'maxLength', 'pattern', 'format']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
]);

/** Keywords that restrict values in ways that a grammar can't hold. Anything else that is unknown restricts nothing. */
const UNSUPPORTED = [
  'not',
  'if',
  'then',
  'else',
  'contains',
  'minContains',
  'maxContains',
  'patternProperties',
  'dependencies',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedItems',
  'unevaluatedProperties',
  '$dynamicRef',
  '$recursiveRef',
];

/** The first keyword that can't be promised, if any. */
export function unsupportedKeyword(schema: Schema): string | undefined {
  return UNSUPPORTED.find((keyword) => schema[keyword] !== undefined);
}

/** Types that a schema allows by itself. */
export function typesOf(schema: Schema, path: string): readonly SchemaType[] {
  const { type } = schema;
  if (type === undefined) {
    const implied = [...KEYWORDS_OF_TYPES].filter(([, keywords]) =>
      keywords.some((word) => schema[word] !== undefined),
    );
    return implied.length > 0 ? implied.map(([name]) => name) : SCHEMA_TYPES.filter((name) => name !== 'integer');
  }
  const names: readonly unknown[] = Array.isArray(type) ? type : [type];
  for (const name of names) {
    if (SCHEMA_TYPES.some((known) => known === name)) continue;
    throw new InvalidConstraintError(
      `The type ${JSON.stringify(name)} is unknown; it must be one of ${SCHEMA_TYPES.join(', ')}.`,
      { path: `${path}/type` },
    );
  }
  if (names.length === 0) throw new InvalidConstraintError('The list of types is empty.', { path: `${path}/type` });
  return names as readonly SchemaType[];
}

export function isOfType(value: unknown, type: SchemaType): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value) || typeof value === 'bigint';
    case 'null':
      return value === null;
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint';
    default:
      return typeof value === type;
  }
}

/** A subschema; `true` means anything. Throws for `false`, which nothing matches, and for what is no schema. */
export function asSchema(value: unknown, path: string): Schema {
  if (value === true) return {};
  if (isOfType(value, 'object')) return value as Schema;
  if (value === false) throw new InvalidConstraintError('The schema is false, so that no value matches it.', { path });
  throw new InvalidConstraintError(`A schema must be an object or a boolean, but is ${JSON.stringify(value)}.`, {
    path,
  });
}

export function schemaList(schema: Schema, keyword: string, path: string): readonly Schema[] {
  const value = schema[keyword];
  if (!Array.isArray(value) || value.length === 0) {
    throw new InvalidConstraintError(`${keyword} must be a list of at least one schema.`, {
      path: `${path}/${keyword}`,
    });
  }
  return value.map((item, i) => asSchema(item, `${path}/${keyword}/${i}`));
}

export const countOf = readerOf(
  'an integer >= 0',
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const numberOf = readerOf('a number', (value): value is number => typeof value === 'number');
export const stringOf = readerOf('a string', (value): value is string => typeof value === 'string');

/** Reads the value of a keyword, which may be absent. */
function readerOf<Value>(expected: string, is: (value: unknown) => value is Value) {
  return (schema: Schema, keyword: string, path: string): Value | undefined => {
    const value = schema[keyword];
    if (value === undefined || is(value)) return value;
    throw new InvalidConstraintError(`${keyword} must be ${expected}, but is ${JSON.stringify(value)}.`, {
      path: `${path}/${keyword}`,
    });
  };
}

export function propertiesOf(schema: Schema, path: string): ReadonlyMap<string, unknown> {
  const { properties = {} } = schema;
  if (!isOfType(properties, 'object')) {
    throw new InvalidConstraintError('properties must be an object.', { path: `${path}/properties` });
  }
  return new Map(Object.entries(properties as Schema));
}

export function requiredOf(schema: Schema, path: string): readonly string[] {
  const { required = [] } = schema;
  if (Array.isArray(required) && required.every((name) => typeof name === 'string')) return required;
  throw new InvalidConstraintError('required must be a list of strings.', { path: `${path}/required` });
}
