import { type ExactJson, isWrittenNumber, parseExactJson } from '@foretoken/core/text';

/** Keywords whose value is an object of names, not of keywords. */
const NAMES = new Set(['properties', '$defs', 'definitions', 'patternProperties']);

/**
 * Reads a schema as plain values, but whole numbers that JavaScript can't hold are bigints where values are listed
 * (`enum`, `const`): an answer has to have their very digits. Throws `SyntaxError` for what is no JSON.
 */
export function parseSchemaJson(text: string): unknown {
  return plain(parseExactJson(text), { listed: false, names: false });
}

function plain(value: ExactJson, place: { readonly listed: boolean; readonly names: boolean }): unknown {
  if (isWrittenNumber(value)) {
    return place.listed && /^-?\d+$/.test(value.value) ? BigInt(value.value) : Number(value.value);
  }
  if (Array.isArray(value)) return value.map((item: ExactJson) => plain(item, place));
  if (!(value instanceof Map)) return value;
  const entries = [...(value as ReadonlyMap<string, ExactJson>)].map(([key, item]): [string, unknown] => {
    const keyword = !place.names && !place.listed;
    const listed = place.listed || (keyword && (key === 'enum' || key === 'const'));
    return [key, plain(item, { listed, names: keyword && NAMES.has(key) })];
  });
  return Object.fromEntries(entries);
}
