import { unsupportedKeyword } from '@foretoken/structured-output';

/** Keywords whose values are schemas by name. */
const MAPS = new Set(['properties', '$defs', 'definitions']);

/**
 * The schema without what can't be promised, or not always: unsupported keywords, `multipleOf` and the like, the "one only" of `oneOf`, lengths beside patterns.
 * Every value that the schema holds for, this one holds for too.
 */
export function relaxSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(relaxSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  let rest: Readonly<Record<string, unknown>> = { ...schema };
  for (let name = unsupportedKeyword(rest); name !== undefined; name = unsupportedKeyword(rest)) {
    const { [name]: _, ...others } = rest;
    rest = others;
  }
  const { multipleOf, uniqueItems, propertyNames, ...promised } = rest;
  rest = promised;
  const { oneOf, ...others } = rest;
  if (oneOf !== undefined && others.anyOf === undefined) rest = { ...others, anyOf: oneOf };
  if (rest.pattern !== undefined || rest.format !== undefined) {
    const { minLength, maxLength, ...unbounded } = rest;
    rest = unbounded;
  }
  return Object.fromEntries(
    Object.entries(rest).map(([keyword, value]) => {
      if (keyword === 'enum' || keyword === 'const') return [keyword, value];
      return [keyword, MAPS.has(keyword) ? relaxEach(value) : relaxSchema(value)];
    }),
  );
}

function relaxEach(schemas: unknown): unknown {
  if (typeof schemas !== 'object' || schemas === null) return schemas;
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, relaxSchema(schema)]));
}
