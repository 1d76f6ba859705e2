import { InvalidConstraintError } from '../errors.js';
import { choice, EMPTY, type Expression, sequence, text } from './expression.js';
import { ANY_OBJECT, ANY_STRING, ANY_VALUE, ITEM_SEPARATOR, KEY_SEPARATOR, listed } from './json-text.js';
import { isAllowedName } from './property-names.js';
import { countOf, propertiesOf, requiredOf, type Schema } from './schema.js';

export interface ObjectGrammarContext {
  readonly path: string;
  /** The grammar of a subschema, which stands at `part` below. */
  readonly value: (schema: unknown, part: string) => Expression;
  /** A subschema with what it refers to put in. */
  readonly resolve: (schema: unknown, part: string) => Schema;
  /** The grammar of a key that a schema of strings holds for. */
  readonly key: (keys: Schema) => Expression;
  /** Gives an expression a name, so that it is written once. */
  readonly define: (name: string, expression: Expression) => Expression;
}

interface Property {
  readonly written: Expression;
  readonly required: boolean;
}

/** An object with its properties in the order of the schema. */
export function writeObject(schema: Schema, context: ObjectGrammarContext): Expression {
  const { path, value } = context;
  const { additionalProperties = true } = schema;
  const minimum = countOf(schema, 'minProperties', path) ?? 0;
  const maximum = countOf(schema, 'maxProperties', path);
  const required = new Set(requiredOf(schema, path));
  const named = new Map(propertiesOf(schema, path));
  for (const name of required) {
    if (named.has(name)) continue;
    if (additionalProperties === false) {
      throw new InvalidConstraintError(`The property ${JSON.stringify(name)} is required and forbidden.`, { path });
    }
    named.set(name, additionalProperties);
  }
  const { propertyNames } = schema;
  const keys = propertyNames === undefined || propertyNames === true ? undefined : namesOf(propertyNames, context);
  // Keys that are listed are properties that need not be there.
  for (const name of keys?.listed ?? []) {
    if (!named.has(name)) named.set(name, additionalProperties);
  }
  const allowed = [...named].filter(([name, property]) => {
    const isAllowed = property !== false && (keys === undefined || isAllowedName(name, keys.schema, path));
    if (isAllowed || !required.has(name)) return isAllowed;
    throw new InvalidConstraintError(`The property ${JSON.stringify(name)} is required and forbidden.`, { path });
  });
  if (allowed.length === 0) {
    const others = keys?.listed === undefined && propertyNames !== false ? additionalProperties : false;
    return writeMap(others, { minimum, maximum, keys: keys?.schema }, context);
  }

  if (minimum > required.size || (maximum !== undefined && maximum < allowed.length)) {
    throw new InvalidConstraintError(
      `minProperties above and maxProperties below what is required and named are not supported (${minimum} to ${maximum ?? 'any number'}).`,
      { path },
    );
  }
  const properties = allowed.map(
    ([name, property]): Property => ({
      required: required.has(name),
      written: sequence(
        text(`${JSON.stringify(name)}${KEY_SEPARATOR}`),
        value(property, `properties/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
      ),
    }),
  );
  return sequence(text('{'), firstOf(properties, context), text('}'));
}

/** What `propertyNames` says, and the keys that it lists, if it does. */
function namesOf(
  propertyNames: unknown,
  { resolve }: ObjectGrammarContext,
): { readonly schema: Schema; readonly listed: readonly string[] | undefined } {
  if (propertyNames === false) return { schema: { enum: [] }, listed: [] };
  const schema = resolve(propertyNames, 'propertyNames');
  const values = 'const' in schema ? [schema.const] : schema.enum;
  return { schema, listed: Array.isArray(values) ? values.filter((value) => typeof value === 'string') : undefined };
}

/** What may stand between the braces. */
function firstOf(properties: readonly Property[], { define }: ObjectGrammarContext): Expression {
  // From the end: what may follow a property, and what may be the first of these.
  let following: Expression = EMPTY;
  let first: Expression = EMPTY;
  for (const { written, required } of [...properties].reverse()) {
    const begun = sequence(written, following);
    first = required ? begun : choice(begun, first);
    const next = sequence(text(ITEM_SEPARATOR), begun);
    following = required ? next : choice(next, following);
    if (following !== EMPTY) following = define('members', following);
  }
  return first;
}

/** An object whose keys are not named. A key may come twice, and counts once then. */
function writeMap(
  item: unknown,
  {
    minimum,
    maximum,
    keys,
  }: { readonly minimum: number; readonly maximum: number | undefined; readonly keys: Schema | undefined },
  { path, value, key }: ObjectGrammarContext,
): Expression {
  if (minimum > 1) {
    throw new InvalidConstraintError(
      `minProperties ${minimum} without named properties is not supported; at most 1 is.`,
      {
        path: `${path}/minProperties`,
      },
    );
  }
  if (item === false || maximum === 0) {
    if (minimum === 0) return text('{}');
    throw new InvalidConstraintError('An object without properties must have one.', { path });
  }
  if (item === true && minimum === 0 && maximum === undefined && keys === undefined) return ANY_OBJECT;
  const content = item === true ? ANY_VALUE : value(item, 'additionalProperties');
  return listed('{', '}', sequence(keys === undefined ? ANY_STRING : key(keys), text(KEY_SEPARATOR), content), {
    minimum,
    maximum,
  });
}
