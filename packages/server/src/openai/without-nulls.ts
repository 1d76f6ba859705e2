/** Properties whose value is JSON of the client's own, in which null is a value: schemas, and what templates are given. */
const OWN_JSON: ReadonlySet<string> = new Set(['chat_template_kwargs', 'guided_json', 'json', 'parameters', 'schema']);

/**
 * A copy in which properties that are null are absent, at every depth, as OpenAI's API takes them. Schemas are left as
 * they are. What is no plain object or array stays the same value.
 */
export function withoutNulls(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { json_schema: schema, ...rest } = body;
  // llama-server's parameter is a schema; within `response_format` the same name is an object around one.
  return { ...copyOfObject(rest), ...(schema === undefined || schema === null ? {} : { json_schema: schema }) };
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  return isPlainObject(value) ? copyOfObject(value) : value;
}

function copyOfObject(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, OWN_JSON.has(key) ? inner : copyOf(inner)]),
  );
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
