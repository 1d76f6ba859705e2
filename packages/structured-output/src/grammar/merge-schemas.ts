import { InvalidConstraintError } from '../errors.js';
import { writeJson } from './json-text.js';
import { bothPatterns } from './lookaheads.js';
import { isOfType, propertiesOf, requiredOf, type Schema, type SchemaType, typesOf } from './schema.js';

/** Branches that two `anyOf` may have together, since each of one can go with each of the other. */
const MAX_BRANCHES = 256;

const LEAST = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const GREATEST = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const MUST_AGREE = [
  'const',
  'pattern',
  'format',
  'additionalProperties',
  'additionalItems',
  'propertyNames',
  'multipleOf',
  'prefixItems',
  'oneOf',
  '$ref',
];

/**
 * A schema that values of both match. Only what both say about the same thing is worked out; what would need more than
 * that is refused with `InvalidConstraintError`.
 */
export function mergeSchemas(a: Schema, b: Schema, path: string): Schema {
  const merged: Record<string, unknown> = { ...b, ...a };
  for (const keyword of Object.keys(b)) {
    if (a[keyword] === undefined || writeJson(a[keyword]) === writeJson(b[keyword])) continue;
    const value = mergeKeyword(keyword, a, b, path);
    if (value !== undefined) merged[keyword] = value;
  }
  if (a.properties !== undefined || b.properties !== undefined) merged.properties = mergeProperties(a, b, path);
  return merged;
}

function mergeKeyword(keyword: string, a: Schema, b: Schema, path: string): unknown {
  const [x, y] = [a[keyword], b[keyword]];
  if (keyword === 'type') return commonTypes(a, b, path);
  if (keyword === 'required') return [...new Set([...requiredOf(a, path), ...requiredOf(b, path)])];
  if (LEAST.includes(keyword)) return Math.min(Number(x), Number(y));
  if (GREATEST.includes(keyword)) return Math.max(Number(x), Number(y));
  if (keyword === 'uniqueItems') return x === true || y === true;
  if (keyword === 'items') return { allOf: [x, y] };
  if (keyword === 'pattern' && typeof x === 'string' && typeof y === 'string') {
    const both = bothPatterns(x, y);
    if (both !== undefined) return both;
  }
  if (keyword === 'allOf') return [...asList(x), ...asList(y)];
  if (keyword === 'anyOf') return combine(asList(x), asList(y), path);
  if (keyword === 'enum')
    return asList(x).filter((value) => asList(y).some((other) => writeJson(other) === writeJson(value)));
  if (!MUST_AGREE.includes(keyword)) return undefined;
  throw new InvalidConstraintError(
    `${keyword} is given twice, as ${writeJson(x)} and as ${writeJson(y)}; put both into one.`,
    {
      path,
    },
  );
}

function commonTypes(a: Schema, b: Schema, path: string): readonly SchemaType[] {
  const others = typesOf(b, path);
  const common = typesOf(a, path).flatMap((type): readonly SchemaType[] => {
    if (others.includes(type)) return [type];
    if (type === 'number' && others.includes('integer')) return ['integer'];
    return type === 'integer' && others.includes('number') ? ['integer'] : [];
  });
  if (common.length > 0) return common;
  throw new InvalidConstraintError(`No value is both ${writeJson(a.type)} and ${writeJson(b.type)}.`, { path });
}

function combine(a: readonly unknown[], b: readonly unknown[], path: string): readonly unknown[] {
  if (a.length * b.length > MAX_BRANCHES) {
    throw new InvalidConstraintError(`${a.length} x ${b.length} alternatives are too many; at most ${MAX_BRANCHES}.`, {
      path,
    });
  }
  return a.flatMap((x) => b.map((y) => ({ allOf: [x, y] })));
}

function mergeProperties(a: Schema, b: Schema, path: string): Schema {
  const merged: [string, unknown][] = [];
  const required = new Set([...requiredOf(a, path), ...requiredOf(b, path)]);
  const [own, others] = [propertiesOf(a, path), propertiesOf(b, path)];
  for (const name of new Set([...own.keys(), ...others.keys()])) {
    const said = [
      ...(own.has(name) ? [own.get(name)] : extra(a)),
      ...(others.has(name) ? [others.get(name)] : extra(b)),
    ];
    if (!said.includes(false)) merged.push([name, said.length === 1 ? said[0] : { allOf: said }]);
    else if (required.has(name)) {
      throw new InvalidConstraintError(`The property ${JSON.stringify(name)} is required and forbidden.`, { path });
    }
  }
  return Object.fromEntries(merged);
}

/** What a schema says about properties that it does not name. */
function extra({ additionalProperties }: Schema): readonly unknown[] {
  return additionalProperties === undefined || additionalProperties === true ? [] : [additionalProperties];
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Whether no value that is written for the one matches the other. `false` means: not for sure. */
export function areDisjoint(a: Schema, b: Schema, resolve: (schema: unknown) => Schema, depth = 4): boolean {
  const [values, others] = [valuesOf(a), valuesOf(b)];
  if (values !== undefined && others !== undefined) {
    return !values.some((value) => others.some((other) => writeJson(other) === writeJson(value)));
  }
  const known = values ?? others;
  const [types, otherTypes] = [declaredTypes(a), declaredTypes(b)];
  if (known !== undefined) {
    const allowed = values === undefined ? types : otherTypes;
    return allowed !== undefined && !known.some((value) => allowed.some((type) => isOfType(value, type)));
  }
  if (types !== undefined && otherTypes !== undefined && !types.some((type) => overlaps(type, otherTypes))) return true;
  if (!isObjectOnly(a) || !isObjectOnly(b) || depth === 0) return false;
  return (
    forbidsRequired(a, b) ||
    forbidsRequired(b, a) ||
    requiredOf(a, '').some((name) => {
      const [x, y] = [propertiesOf(a, '').get(name), propertiesOf(b, '').get(name)];
      if (x === undefined || y === undefined || !requiredOf(b, '').includes(name)) return false;
      return areDisjoint(resolve(x), resolve(y), resolve, depth - 1);
    })
  );
}

function valuesOf(schema: Schema): readonly unknown[] | undefined {
  if ('const' in schema) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : undefined;
}

function declaredTypes(schema: Schema): readonly SchemaType[] | undefined {
  return schema.type === undefined ? undefined : typesOf(schema, '');
}

function overlaps(type: SchemaType, others: readonly SchemaType[]): boolean {
  const numeric = type === 'number' || type === 'integer';
  return others.some((other) => other === type || (numeric && (other === 'number' || other === 'integer')));
}

function isObjectOnly(schema: Schema): boolean {
  const types = typesOf(schema, '');
  return types.length === 1 && types[0] === 'object';
}

function forbidsRequired(a: Schema, b: Schema): boolean {
  if (a.additionalProperties !== false) return false;
  return requiredOf(b, '').some((name) => !propertiesOf(a, '').has(name));
}
