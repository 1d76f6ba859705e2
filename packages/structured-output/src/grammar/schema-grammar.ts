import { InvalidConstraintError } from '../errors.js';
import { MAX_CONSTRAINT_NESTING, MAX_ENUM_VALUES, MAX_SUBSCHEMAS } from '../limits.js';
import { AutomatonWork } from './automaton-work.js';
import { choice, type Expression, positionsOf, printRules, type Rules, rule, text } from './expression.js';
import { ANY_ARRAY, ANY_NUMBER, ANY_VALUE, jsonLiteral, jsonRules, listed, writeJson } from './json-text.js';
import { areDisjoint, mergeSchemas } from './merge-schemas.js';
import { writeMultiples } from './multiples.js';
import { integerWithin, numberWithin } from './number-range.js';
import { writeObject } from './object-grammar.js';
import { productiveRules } from './productive-rules.js';
import {
  asSchema,
  countOf,
  isOfType,
  KEYWORDS_OF_TYPES,
  numberOf,
  type Schema,
  type SchemaType,
  schemaList,
  typesOf,
  unsupportedKeyword,
} from './schema.js';
import { findEndlessReference, resolveReference } from './schema-references.js';
import { writeString } from './string-grammar.js';
import { uniqueItems } from './unique-items.js';

/**
 * A grammar (xgrammar's EBNF) that generates only JSON that is valid for the schema. It may allow less than the schema
 * does, never more: properties appear in the order of the schema, and those that it does not name don't appear. For a
 * keyword that can't be enforced it throws `InvalidConstraintError` with the place in the schema.
 *
 * @param onUnheld - told of `uniqueItems` that the grammar can't hold, for whoever checks the answer. Without it that
 * is refused.
 */
export function schemaGrammar(schema: unknown, onUnheld?: () => void): string {
  const rules = productiveRules(new SchemaGrammar(schema, onUnheld).rules());
  if (rules === undefined) {
    throw new InvalidConstraintError('No finite value matches the schema: it must contain itself without end.');
  }
  return printRules(rules);
}

/** What is larger is written once and named. */
const MAX_INLINE_POSITIONS = 32;

/** Most references and alternatives on the way to a value: what merges with itself for ever ends here. */
const MAX_STEPS = 256;

/** Where a subschema stands. */
export interface SchemaPlace {
  readonly path: string;
  /** Values that it is inside of. */
  readonly depth: number;
  /** References and alternatives that led here as well. */
  readonly steps: number;
  /** The reference that this is the beginning of, if nothing was written since it. */
  readonly within: string | undefined;
}

class SchemaGrammar {
  readonly #document: unknown;
  readonly #onUnheld: (() => void) | undefined;
  readonly #rules = jsonRules();
  /** Where automata are written, and what they may still cost. */
  readonly #written = { rules: this.#rules, work: new AutomatonWork() };
  readonly #references = new Map<string, string>();
  /** For each reference those that it begins with. */
  readonly #direct = new Map<string, Set<string>>();
  #subschemas = 0;
  #values = 0;

  constructor(document: unknown, onUnheld: (() => void) | undefined) {
    this.#document = document;
    this.#onUnheld = onUnheld;
  }

  rules(): Rules {
    const root = this.#convert(asSchema(this.#document, ''), { path: '', depth: 0, steps: 0, within: '#' });
    const endless = findEndlessReference(this.#direct);
    if (endless !== undefined)
      throw new InvalidConstraintError(`$ref ${endless} leads back to itself.`, { path: endless });
    return new Map([...this.#rules, ['root', root]]);
  }

  /** A subschema inside of something that was written. */
  readonly #below = (value: unknown, place: SchemaPlace, part: string): Expression => {
    const path = `${place.path}/${part}`;
    return this.#shared(
      this.#convert(asSchema(value, path), { ...place, path, depth: place.depth + 1, within: undefined }),
    );
  };

  /** What is large gets a name: a list and an optional property write theirs twice, and each level of nesting would double it. */
  #shared(expression: Expression): Expression {
    return positionsOf(expression) > MAX_INLINE_POSITIONS ? this.#define('part', expression) : expression;
  }

  readonly #define = (name: string, expression: Expression): Expression => {
    const unique = `${name}_${this.#rules.size}`;
    this.#rules.set(unique, expression);
    return rule(unique);
  };

  #convert(schema: Schema, place: SchemaPlace): Expression {
    const { path, depth, steps } = place;
    if (depth > MAX_CONSTRAINT_NESTING || steps > MAX_STEPS) {
      throw new InvalidConstraintError(`The schema is nested deeper than ${MAX_CONSTRAINT_NESTING} levels.`, { path });
    }
    if (++this.#subschemas > MAX_SUBSCHEMAS) {
      throw new InvalidConstraintError(
        `The schema has more than ${MAX_SUBSCHEMAS} subschemas with its references followed.`,
      );
    }
    const unsupported = unsupportedKeyword(schema);
    if (unsupported !== undefined) {
      throw new InvalidConstraintError(`${unsupported} is not supported; leave it out and check the answer.`, { path });
    }
    if (schema.$ref !== undefined) return this.#reference(schema, place);
    const { allOf, anyOf, oneOf, ...rest } = schema;
    if (allOf !== undefined) {
      const merged = schemaList(schema, 'allOf', path).reduce(
        (all, part) => mergeSchemas(all, this.#withoutReference(part, path), path),
        { ...rest, ...(anyOf === undefined ? {} : { anyOf }), ...(oneOf === undefined ? {} : { oneOf }) } as Schema,
      );
      return this.#convert(merged, deeper(place));
    }
    if (anyOf !== undefined) {
      const others: Schema = oneOf === undefined ? rest : { ...rest, oneOf };
      return this.#alternatives(others, schemaList(schema, 'anyOf', path), place);
    }
    if (oneOf !== undefined) {
      const branches = schemaList(schema, 'oneOf', path);
      this.#checkDisjoint(branches, path);
      return this.#alternatives(rest, branches, place);
    }
    return this.#value(schema, place);
  }

  #reference(schema: Schema, place: SchemaPlace): Expression {
    const { $ref, ...rest } = schema;
    const target = resolveReference(this.#document, $ref, place.path);
    if (saysSomething(rest)) {
      return this.#convert(mergeSchemas(rest, target, place.path), deeper(place));
    }
    const reference = String($ref);
    const { within } = place;
    if (within !== undefined) {
      const direct = this.#direct.get(within) ?? new Set();
      this.#direct.set(within, direct.add(reference));
    }
    const known = this.#references.get(reference);
    if (known !== undefined) return rule(known);
    const name = `reference_${this.#references.size}`;
    this.#references.set(reference, name);
    this.#rules.set(name, this.#convert(target, { ...deeper(place), path: reference, within: reference }));
    return rule(name);
  }

  /** A schema with what it refers to put in, so that it can be compared and merged. */
  #withoutReference(schema: Schema, path: string): Schema {
    let merged = schema;
    for (let followed = 0; merged.$ref !== undefined; followed++) {
      if (followed > MAX_CONSTRAINT_NESTING) throw new InvalidConstraintError('$ref leads back to itself.', { path });
      const { $ref, ...rest } = merged;
      merged = mergeSchemas(rest, resolveReference(this.#document, $ref, path), path);
    }
    return merged;
  }

  #alternatives(common: Schema, branches: readonly Schema[], place: SchemaPlace): Expression {
    if (!saysSomething(common)) return choice(...branches.map((branch) => this.#convert(branch, deeper(place))));
    const merged = branches.map((branch) =>
      mergeSchemas(common, this.#withoutReference(branch, place.path), place.path),
    );
    return choice(...merged.map((branch) => this.#convert(branch, deeper(place))));
  }

  #checkDisjoint(branches: readonly Schema[], path: string): void {
    const resolve = (schema: unknown): Schema => this.#withoutReference(asSchema(schema, path), path);
    for (const [i, a] of branches.entries()) {
      for (const b of branches.slice(i + 1)) {
        if (areDisjoint(resolve(a), resolve(b), resolve)) continue;
        throw new InvalidConstraintError(
          'A value could match more than one alternative of oneOf. Use anyOf, or give the alternatives a required property with a const that tells them apart.',
          { path: `${path}/oneOf` },
        );
      }
    }
  }

  #value(schema: Schema, place: SchemaPlace): Expression {
    if (listsValues(schema)) return choice(...this.#constants(schema, place.path).map(jsonLiteral));
    if (!saysSomething(schema)) return ANY_VALUE;
    return choice(...typesOf(schema, place.path).map((type) => this.#ofType(type, schema, place)));
  }

  #constants(schema: Schema, path: string): readonly unknown[] {
    const { enum: list, const: only } = schema;
    if (list !== undefined && !Array.isArray(list)) {
      throw new InvalidConstraintError('enum must be a list.', { path: `${path}/enum` });
    }
    const types = schema.type === undefined ? undefined : typesOf(schema, path);
    const values = (list ?? [only]).filter(
      (value: unknown) =>
        (!('const' in schema) || writeJson(value) === writeJson(only)) &&
        (types === undefined || types.some((type) => isOfType(value, type))),
    );
    if (values.length === 0) throw new InvalidConstraintError('None of the values is allowed here.', { path });
    this.#values += values.length;
    if (this.#values > MAX_ENUM_VALUES) {
      throw new InvalidConstraintError(`The schema lists more than ${MAX_ENUM_VALUES} values.`, { path });
    }
    const other = [...KEYWORDS_OF_TYPES.values()].flat().find((keyword) => schema[keyword] !== undefined);
    if (other !== undefined) {
      throw new InvalidConstraintError(`${other} beside listed values is not supported; list only what it allows.`, {
        path,
      });
    }
    return values;
  }

  /** The only values that the items of an array have, where they are known one by one. */
  #listedItems(schema: Schema, path: string): readonly unknown[] | undefined {
    const item = this.#withoutReference(schema, path);
    if (['allOf', 'anyOf', 'oneOf'].some((keyword) => keyword in item) || unsupportedKeyword(item)) return undefined;
    if (listsValues(item)) return this.#constants(item, path);
    return item.type === 'boolean' ? [true, false] : undefined;
  }

  #ofType(type: SchemaType, schema: Schema, place: SchemaPlace): Expression {
    const { path } = place;
    switch (type) {
      case 'null':
        return text('null');
      case 'boolean':
        return choice(text('true'), text('false'));
      case 'string':
        return writeString(schema, { ...this.#written, path });
      case 'array':
        return this.#array(schema, place);
      case 'object':
        return writeObject(schema, {
          path,
          value: (value, part) => this.#below(value, place, part),
          define: this.#define,
          resolve: (value, part) => this.#withoutReference(asSchema(value, `${path}/${part}`), path),
          key: (keys) => writeString(keys, { ...this.#written, path: `${path}/propertyNames` }),
        });
      case 'integer':
      case 'number': {
        const inside = [numberOf(schema, 'minimum', path), numberOf(schema, 'maximum', path)];
        const outside = [numberOf(schema, 'exclusiveMinimum', path), numberOf(schema, 'exclusiveMaximum', path)];
        const openMinimum = outside[0] !== undefined && outside[0] >= (inside[0] ?? outside[0]);
        const openMaximum = outside[1] !== undefined && outside[1] <= (inside[1] ?? outside[1]);
        const minimum = openMinimum ? outside[0] : inside[0];
        const maximum = openMaximum ? outside[1] : inside[1];
        const bounds = { minimum, maximum, openMinimum, openMaximum };
        const isFree = type === 'number' && minimum === undefined && maximum === undefined;
        const written =
          type === 'integer' ? integerWithin(bounds, path) : isFree ? ANY_NUMBER : numberWithin(bounds, path);
        const multipleOf = numberOf(schema, 'multipleOf', path);
        return multipleOf === undefined ? written : writeMultiples(written, multipleOf, { ...this.#written, path });
      }
    }
  }

  #array(schema: Schema, place: SchemaPlace): Expression {
    const { path } = place;
    const draft7 = Array.isArray(schema.items);
    const named = schema.prefixItems ?? (draft7 ? schema.items : undefined);
    const more = draft7 ? schema.additionalItems : schema.items;
    const prefix = Array.isArray(named) ? named : [];
    const minimum = countOf(schema, 'minItems', path) ?? 0;
    const most = countOf(schema, 'maxItems', path);
    const maximum = more === false ? Math.min(prefix.length, most ?? prefix.length) : most;
    if (maximum !== undefined && maximum < minimum) {
      throw new InvalidConstraintError(`An array can't have at least ${minimum} and at most ${maximum} items.`, {
        path,
      });
    }
    if (schema.uniqueItems === true && (maximum === undefined || maximum > 1)) {
      const values = prefix.length > 0 ? undefined : this.#listedItems(asSchema(more ?? true, path), path);
      if (values !== undefined) return uniqueItems(values, { minimum, maximum, define: this.#define, path });
      if (this.#onUnheld === undefined) {
        throw new InvalidConstraintError(
          'uniqueItems is supported here where the items are listed values (enum); leave it out and check the answer.',
          { path },
        );
      }
      this.#onUnheld();
    }
    if (prefix.length > 0 || maximum !== undefined || minimum > 0 || more !== undefined) {
      const first = prefix
        .slice(0, maximum ?? prefix.length)
        .map((item, i) => this.#below(item, place, `prefixItems/${i}`));
      const item = more === undefined || more === false ? ANY_VALUE : this.#below(more, place, 'items');
      return listed('[', ']', item, { minimum, maximum, first });
    }
    return ANY_ARRAY;
  }
}

function listsValues(schema: Schema): boolean {
  return 'const' in schema || schema.enum !== undefined;
}

function deeper(place: SchemaPlace): SchemaPlace {
  return { ...place, steps: place.steps + 1 };
}

const SAYING = new Set([
  ...[...KEYWORDS_OF_TYPES.values()].flat(),
  ...['type', 'enum', 'const', 'allOf', 'anyOf', 'oneOf', '$ref'],
]);

/** Whether a schema restricts anything. */
function saysSomething(schema: Schema): boolean {
  return Object.keys(schema).some((keyword) => SAYING.has(keyword) || unsupportedKeyword(schema) !== undefined);
}
