/** A number that a JavaScript number would write otherwise: `12345678901234567890`, `1.0`, `1e5`. */
export interface WrittenNumber {
  readonly isLosslessNumber: true;
  /** The digits as they were written. */
  readonly value: string;
}

/** JSON with every digit and the order of its keys: objects are maps, since objects of JavaScript put `"2"` before `"b"`. */
export type ExactJson =
  | null
  | boolean
  | string
  | number
  | WrittenNumber
  | readonly ExactJson[]
  | ReadonlyMap<string, ExactJson>;

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\]:]/gs;

/**
 * Reads JSON so that writing it gives the digits and the key order that came. Of a key that occurs twice the last value
 * counts, as everywhere. Throws `SyntaxError` for what is no JSON.
 */
export function parseExactJson(text: string): ExactJson {
  JSON.parse(text);
  // The text is valid: what follows only has to tell its parts apart.
  const result: ExactJson[] = [];
  const open: { readonly container: ExactJson[] | Map<string, ExactJson>; key?: string | undefined }[] = [
    { container: result },
  ];
  const put = (value: ExactJson): void => {
    const place = open.at(-1);
    if (place?.container instanceof Map) {
      place.container.set(place.key ?? '', value);
      place.key = undefined;
    } else place?.container.push(value);
  };
  for (const [token] of text.matchAll(TOKEN)) {
    const place = open.at(-1);
    if (token === '{' || token === '[') {
      const container = token === '{' ? new Map<string, ExactJson>() : [];
      put(container);
      open.push({ container });
    } else if (token === '}' || token === ']') open.pop();
    else if (token === ':') continue;
    else if (token.startsWith('"')) {
      const value = JSON.parse(token) as string;
      if (place?.container instanceof Map && place.key === undefined) place.key = value;
      else put(value);
    } else put(/[\d-]/.test(token.charAt(0)) ? exactNumber(token) : (JSON.parse(token) as boolean | null));
  }
  return result[0] ?? null;
}

function exactNumber(text: string): number | WrittenNumber {
  const number = Number(text);
  return String(number) === text && !text.includes('e') ? number : { isLosslessNumber: true, value: text };
}

/** Writes what `parseExactJson` read, and plain values in between, as `JSON.stringify` does. */
export function writeExactJson(value: unknown): string {
  if (isWrittenNumber(value)) return value.value;
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => writeExactJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries: Iterable<[string, unknown]> =
    value instanceof Map ? (value as ReadonlyMap<string, unknown>) : Object.entries(value);
  const written = [...entries].flatMap(([key, item]) =>
    item === undefined ? [] : [`${JSON.stringify(key)}:${writeExactJson(item)}`],
  );
  return `{${written.join(',')}}`;
}

export function isWrittenNumber(value: unknown): value is WrittenNumber {
  return typeof value === 'object' && value !== null && 'isLosslessNumber' in value && value.isLosslessNumber === true;
}
