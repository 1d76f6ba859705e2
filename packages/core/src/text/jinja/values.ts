import { isWrittenNumber } from '../exact-json.js';

/*
 * Values of a template, as Python has them: None is null, bool boolean, int bigint, float `Float`, str string, list
 * an array, tuple `Tuple`, dict a Map, and `Undefined` what a name or key without a value gives.
 */
export type Value =
  | null
  | boolean
  | bigint
  | string
  | Float
  | readonly Value[]
  | Tuple
  | Stream
  | Dict
  | Namespace
  | Callable
  | Undefined;

export type Dict = ReadonlyMap<Value, Value>;

/** A template did what Python refuses. */
export class TemplateError extends Error {}

/** A float, and how it was written where it came from JSON. */
export class Float {
  constructor(
    readonly value: number,
    readonly written?: string,
  ) {}
}

export class Tuple {
  constructor(readonly items: readonly Value[]) {}
}

/** What can be gone through but is no list: the result of `map` or `select`, or a view of a dict, whose size is known. */
export class Stream {
  constructor(
    readonly items: readonly Value[],
    readonly kind: 'generator' | 'dict_items' | 'dict_keys' | 'dict_values' = 'generator',
  ) {}
}

/** What `namespace()` makes, and `loop`: attributes that can be read, and of a namespace also set. */
export class Namespace {
  constructor(
    readonly attributes: Map<string, Value>,
    readonly kind: 'namespace' | 'loop' = 'namespace',
  ) {}
}

export interface Arguments {
  readonly positional: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value>;
}

/** The argument at a place, or of that name; `undefined` for none. */
export function argument({ positional, keywords }: Arguments, index: number, name = ''): Value | undefined {
  return positional[index] ?? keywords.get(name) ?? undefined;
}

export class Callable {
  constructor(
    readonly name: string,
    readonly call: (args: Arguments) => Value,
  ) {}
}

/** Methods by their names, which take what they are called on first. */
export type Methods<T> = Readonly<Record<string, (object: T, args: Arguments) => Value>>;

/** Prints as nothing, is false and empty; everything else with it is an error, as in Jinja. */
export class Undefined {
  /** @param what - for the error message, such as `'x' is undefined` */
  constructor(readonly what: string) {}
}

/** Converts what callers have: `ExactJson`, plain objects, arrays, strings, numbers (whole ones are ints), bigints. */
export function fromJavaScript(value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint')
    return value;
  if (value === undefined) return new Undefined('a value is undefined');
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : new Float(value);
  if (Array.isArray(value)) return value.map(fromJavaScript);
  if (typeof value !== 'object') throw new TemplateError(`A ${typeof value} can't be given to a template.`);
  if (isWrittenNumber(value)) return numberFromText(value.value);
  const entries: Iterable<[string, unknown]> =
    value instanceof Map ? (value as ReadonlyMap<string, unknown>) : Object.entries(value);
  // A key without a value is no key, as in JSON.
  return new Map([...entries].flatMap(([key, entry]) => (entry === undefined ? [] : [[key, fromJavaScript(entry)]])));
}

function numberFromText(text: string): Value {
  return /^-?\d+$/.test(text) ? BigInt(text) : new Float(Number(text), text);
}

/** Python's name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'string') return 'str';
  if (value instanceof Float) return 'float';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof Stream) return value.kind;
  if (value instanceof Map) return 'dict';
  if (value instanceof Namespace) return 'Namespace';
  if (value instanceof Callable) return 'function';
  if (value instanceof Undefined) return 'Undefined';
  return 'list';
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function truthy(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false;
  if (typeof value === 'bigint') return value !== 0n;
  if (value instanceof Float) return value.value !== 0;
  if (isList(value)) return value.length > 0;
  if (value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Stream) return value.kind === 'generator' || value.items.length > 0;
  if (value instanceof Map) return value.size > 0;
  return value !== false && value !== '';
}

/** The number that a value is in arithmetic, where `True` is 1; `undefined` when it is none. */
export function asNumber(value: Value): bigint | number | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'bigint') return value;
  return value instanceof Float ? value.value : undefined;
}

/** An int as a JavaScript number. Throws `TemplateError` for everything else. */
export function asIndex(value: Value, what: string): number {
  const number = asNumber(value);
  if (typeof number === 'bigint') return Number(number);
  throw new TemplateError(`${what} must be an int, not ${typeName(value)}`);
}

export function asText(value: Value, what: string): string {
  if (typeof value === 'string') return value;
  if (value instanceof Undefined) throw new TemplateError(value.what);
  throw new TemplateError(`${what} must be a str, not ${typeName(value)}`);
}

/** The elements of what a `for` can go through: characters of a str, keys of a dict, nothing of an undefined value. */
export function elementsOf(value: Value): readonly Value[] {
  if (isList(value)) return value;
  if (typeof value === 'string') return [...value];
  if (value instanceof Tuple || value instanceof Stream) return value.items;
  if (value instanceof Map) return [...value.keys()];
  if (value instanceof Undefined) return [];
  throw new TemplateError(`'${typeName(value)}' object is not iterable`);
}

export function equals(a: Value, b: Value): boolean {
  if (a === b) return true;
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== undefined && y !== undefined) {
    // Loose on purpose: a bigint and a number are compared by value.
    return typeof x === typeof y ? x === y : Number(x) === Number(y);
  }
  if (a instanceof Undefined && b instanceof Undefined) return true;
  if (isList(a) && isList(b)) return a.length === b.length && a.every((one, i) => equals(one, b[i] ?? null));
  if (a instanceof Tuple && b instanceof Tuple) return equals(a.items, b.items);
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, one]) => b.has(key) && equals(one, b.get(key) ?? null));
  }
  return false;
}

/** Less than 0, 0 or more than 0, for numbers, strings and sequences among themselves. */
export function compare(a: Value, b: Value): number {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const [first, second] = [a, b].map((one) => (one instanceof Tuple ? one.items : one));
  if (typeName(a) === typeName(b) && Array.isArray(first) && Array.isArray(second)) {
    for (let i = 0; i < Math.min(first.length, second.length); i++) {
      const order = equals(first[i], second[i]) ? 0 : compare(first[i], second[i]);
      if (order !== 0) return order;
    }
    return first.length - second.length;
  }
  if (a instanceof Undefined) throw new TemplateError(a.what);
  if (b instanceof Undefined) throw new TemplateError(b.what);
  throw new TemplateError(`'<' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
}

/** By code points, not by UTF-16 units. */
function compareText(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const order = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return x.length - y.length;
}
