import {
  asNumber,
  Callable,
  Float,
  isList,
  Namespace,
  Stream,
  TemplateError,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.js';

/** `str(value)`: what `{{ value }}` prints. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  return value instanceof Undefined ? '' : toRepresentation(value);
}

/** `repr(value)`: what stands for a value within a printed list or dict. */
export function toRepresentation(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Float) return value.written ?? floatText(value.value);
  if (isList(value)) return `[${value.map(toRepresentation).join(', ')}]`;
  if (value instanceof Tuple) {
    const items = value.items.map(toRepresentation);
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
  }
  if (value instanceof Map) {
    return `{${[...value].map(([key, one]) => `${toRepresentation(key)}: ${toRepresentation(one)}`).join(', ')}}`;
  }
  if (value instanceof Stream) {
    const items = `[${value.items.map(toRepresentation).join(', ')}]`;
    return value.kind === 'generator' ? '<generator>' : `${value.kind}(${items})`;
  }
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Callable) return `<function ${value.name}>`;
  return value instanceof Namespace ? `<${value.kind}>` : '';
}

/** `repr` of a float: the shortest digits, `1.0` and not `1`, exponents from 1e16 on and below 1e-4. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e16 || size < 1e-4) {
    const [digits = '', exponent = ''] = value.toExponential().split('e');
    const sign = exponent.startsWith('-') ? '-' : '+';
    return `${digits}e${sign}${exponent.slice(1).padStart(2, '0')}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}

const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const named: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const escaped = [...text].map((character) => {
    if (character === quote) return `\\${quote}`;
    if (named[character] !== undefined) return named[character];
    if (!UNPRINTABLE.test(character)) return character;
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code < 0x1_0000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return `${quote}${escaped.join('')}${quote}`;
}

export interface JsonOptions {
  readonly ensureAscii: boolean;
  /** What one level is indented by; `undefined` writes one line. */
  readonly indent: string | undefined;
  readonly separators: readonly [item: string, key: string] | undefined;
  readonly sortKeys: boolean;
}

/** `json.dumps`, which is what `tojson` means in chat templates. */
export function toJson(value: Value, options: JsonOptions, depth = 0): string {
  const { indent, separators } = options;
  const [itemSeparator, keySeparator] = separators ?? [indent === undefined ? ', ' : ',', ': '];
  const wrap = (open: string, items: readonly string[], close: string): string => {
    if (items.length === 0) return open + close;
    if (indent === undefined) return open + items.join(itemSeparator) + close;
    const line = `\n${indent.repeat(depth + 1)}`;
    return `${open}${line}${items.join(itemSeparator + line)}\n${indent.repeat(depth)}${close}`;
  };
  if (value === null) return 'null';
  if (typeof value === 'string') return jsonText(value, options.ensureAscii);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof Float) return value.written ?? jsonFloat(value.value);
  if (value instanceof Tuple || isList(value)) {
    const items = value instanceof Tuple ? value.items : value;
    return wrap(
      '[',
      items.map((one) => toJson(one, options, depth + 1)),
      ']',
    );
  }
  if (value instanceof Map) {
    const entries = [...value].map(([key, one]) => [jsonKey(key), one] as const);
    if (options.sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const items = entries.map(
      ([key, one]) => jsonText(key, options.ensureAscii) + keySeparator + toJson(one, options, depth + 1),
    );
    return wrap('{', items, '}');
  }
  throw new TemplateError(`Object of type ${typeName(value)} is not JSON serializable`);
}

function jsonKey(key: Value): string {
  if (typeof key === 'string') return key;
  if (key === null) return 'null';
  if (typeof key === 'boolean') return String(key);
  if (asNumber(key) !== undefined) return toText(key);
  throw new TemplateError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function jsonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? floatText(value) : value > 0 ? 'Infinity' : '-Infinity';
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

function jsonText(text: string, ensureAscii: boolean): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes exactly these.
  const pattern = ensureAscii ? /["\\]|[^ -~]/g : /["\\\u0000-\u001f]/g;
  const unit = (character: string): string =>
    ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${text.replace(pattern, unit)}"`;
}
