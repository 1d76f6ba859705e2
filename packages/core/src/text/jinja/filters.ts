import { attribute, item } from './members.js';
import { binary } from './operators.js';
import { test } from './tests.js';
import { NEGATED_TEST_PREFIX, TEST_PREFIX } from './tests-with-arguments.js';
import { textFilters } from './text-filters.js';
import {
  type Arguments,
  argument,
  asNumber,
  asText,
  Callable,
  compare,
  elementsOf,
  equals,
  Float,
  Stream,
  TemplateError,
  Tuple,
  truthy,
  typeName,
  Undefined,
  type Value,
} from './values.js';

export type Filter = (value: Value, args: Arguments) => Value;

/** `value | name(args)`. Source: Jinja 3.1, `jinja2/filters.py`; `tojson` as `transformers` replaces it. */
export function filter(name: string, value: Value, args: Arguments): Value {
  if (name.startsWith(NEGATED_TEST_PREFIX))
    return !test(name.slice(NEGATED_TEST_PREFIX.length), value, args.positional);
  if (name.startsWith(TEST_PREFIX)) return test(name.slice(TEST_PREFIX.length), value, args.positional);
  const found = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (!found) throw new TemplateError(`No filter named '${name}'.`);
  return found(value, args);
}

function sizeOf(value: Value): bigint {
  if (value instanceof Map) return BigInt(value.size);
  const generated = value instanceof Stream && value.kind === 'generator';
  if (generated || asNumber(value) !== undefined || value === null || value instanceof Callable)
    throw new TemplateError(`object of type '${typeName(value)}' has no len()`);
  return BigInt(elementsOf(value).length);
}

/** Follows `a.b.0`, as the filters that take an attribute do. */
function attributeAt(value: Value, path: Value, otherwise?: Value): Value {
  const parts: Value[] =
    typeof path === 'string' ? path.split('.').map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)) : [path];
  const found = parts.reduce((object: Value, part) => item(object, part), value);
  return found instanceof Undefined && otherwise !== undefined ? otherwise : found;
}

/** Text is compared without regard to case unless told otherwise. */
function folded(value: Value, args: Arguments, index: number): Value {
  const sensitive = truthy(argument(args, index, 'case_sensitive') ?? false);
  return typeof value === 'string' && !sensitive ? value.toLowerCase() : value;
}

function map(value: Value, args: Arguments): Value {
  const path = args.keywords.get('attribute');
  const otherwise = args.keywords.get('default');
  const [name, ...rest] = args.positional;
  const elements = truthy(value) ? elementsOf(value) : [];
  if (name === undefined) return new Stream(elements.map((one) => attributeAt(one, path ?? null, otherwise)));
  const inner = { positional: rest, keywords: args.keywords };
  return new Stream(elements.map((one) => filter(asText(name, 'map() filter name'), one, inner)));
}

function select(keep: boolean, byAttribute: boolean): Filter {
  return (value, { positional }) => {
    const [path = null, ...rest] = positional;
    const [name, ...testArgs] = byAttribute ? rest : positional;
    const kept = (truthy(value) ? elementsOf(value) : []).filter((one) => {
      const subject = byAttribute ? attributeAt(one, path) : one;
      const holds = name === undefined ? truthy(subject) : test(asText(name, 'test name'), subject, testArgs);
      return holds === keep;
    });
    return new Stream(kept);
  };
}

function sort(value: Value, args: Arguments): Value {
  const path = argument(args, 2, 'attribute') ?? null;
  const paths = typeof path === 'string' ? path.split(',') : [path];
  const keyed = elementsOf(value).map((one) => ({
    one,
    keys: paths.map((part) => folded(part === null ? one : attributeAt(one, part), args, 1)),
  }));
  const sign = truthy(argument(args, 0, 'reverse') ?? false) ? -1 : 1;
  keyed.sort((a, b) => sign * compare(a.keys, b.keys));
  return keyed.map(({ one }) => one);
}

function dictsort(value: Value, args: Arguments): Value {
  if (!(value instanceof Map)) throw new TemplateError('dictsort needs a dict');
  const position = argument(args, 1, 'by') === 'value' ? 1 : 0;
  const sign = truthy(argument(args, 2, 'reverse') ?? false) ? -1 : 1;
  const pairs = [...value].map((pair: [Value, Value]) => ({ pair, key: folded(pair[position], args, 0) }));
  return pairs.sort((a, b) => sign * compare(a.key, b.key)).map(({ pair }) => new Tuple(pair));
}

function extreme(sign: 1 | -1): Filter {
  return (value, args) => {
    const path = argument(args, 1, 'attribute');
    const key = (one: Value): Value => folded(path === undefined ? one : attributeAt(one, path), args, 0);
    const [first, ...others] = elementsOf(value);
    if (first === undefined) return new Undefined('No aggregated item, sequence was empty.');
    return others.reduce((best, one) => (sign * compare(key(one), key(best)) > 0 ? one : best), first);
  };
}

function unique(value: Value, args: Arguments): Value {
  const path = argument(args, 1, 'attribute');
  const seen: Value[] = [];
  const kept = elementsOf(value).filter((one) => {
    const key = folded(path === undefined ? one : attributeAt(one, path), args, 0);
    if (seen.some((other) => equals(other, key))) return false;
    seen.push(key);
    return true;
  });
  return new Stream(kept);
}

function groupby(value: Value, args: Arguments): Value {
  const path = argument(args, 0, 'attribute') ?? null;
  const otherwise = argument(args, 1, 'default');
  const groups: { readonly key: Value; readonly members: Value[] }[] = [];
  for (const one of elementsOf(value)) {
    const key = attributeAt(one, path, otherwise);
    const group = groups.find((other) => equals(folded(other.key, args, 2), folded(key, args, 2)));
    if (group) group.members.push(one);
    else groups.push({ key, members: [one] });
  }
  groups.sort((a, b) => compare(folded(a.key, args, 2), folded(b.key, args, 2)));
  return groups.map(({ key, members }) => new Tuple([key, members]));
}

function batch(value: Value, args: Arguments): Value {
  const size = Number(argument(args, 0, 'linecount') ?? 1n);
  const fill = argument(args, 1, 'fill_with');
  const elements = elementsOf(value);
  const rows: Value[][] = [];
  for (let start = 0; start < elements.length; start += Math.max(1, size)) {
    const row = elements.slice(start, start + Math.max(1, size));
    rows.push(fill === undefined ? row : [...row, ...Array<Value>(size - row.length).fill(fill)]);
  }
  return new Stream(rows);
}

function round(value: Value, args: Arguments): Value {
  const number = Number(asNumber(value) ?? Number.NaN);
  const scale = 10 ** Number(argument(args, 0, 'precision') ?? 0n);
  const method = argument(args, 1, 'method') ?? 'common';
  if (method === 'ceil') return new Float(Math.ceil(number * scale) / scale);
  if (method === 'floor') return new Float(Math.floor(number * scale) / scale);
  // Halves go to the even neighbour, as Python's round() has it.
  const scaled = number * scale;
  const near = Math.round(scaled);
  return new Float((Math.abs(scaled % 1) === 0.5 && near % 2 !== 0 ? near - 1 : near) / scale);
}

function toInteger(value: Value, args: Arguments): Value {
  const otherwise = argument(args, 0, 'default') ?? 0n;
  const number = asNumber(value);
  if (typeof number === 'bigint') return number;
  if (number !== undefined) return Number.isFinite(number) ? BigInt(Math.trunc(number)) : otherwise;
  if (typeof value !== 'string') return otherwise;
  if (/^\s*[+-]?\d+\s*$/.test(value)) return BigInt(value.trim().replace(/^\+/, ''));
  const parsed = value.trim() === '' ? Number.NaN : Number(value);
  return Number.isFinite(parsed) ? BigInt(Math.trunc(parsed)) : otherwise;
}

function toFloat(value: Value, args: Arguments): Value {
  const otherwise = argument(args, 0, 'default') ?? new Float(0);
  const number = asNumber(value);
  if (number !== undefined) return new Float(Number(number));
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isNaN(parsed) ? otherwise : new Float(parsed);
}

function defaulted(value: Value, args: Arguments): Value {
  // None is a default as any other.
  const [given = args.keywords.get('default_value')] = args.positional;
  const otherwise = given === undefined ? '' : given;
  const whenFalse = truthy(argument(args, 1, 'boolean') ?? false);
  return value instanceof Undefined || (whenFalse && !truthy(value)) ? otherwise : value;
}

const FILTERS: Readonly<Record<string, Filter>> = {
  ...textFilters,
  abs: (value) => (compare(value, 0n) < 0 ? binary('-', 0n, value) : value),
  attr: (value, args) => attribute(value, asText(argument(args, 0, 'name') ?? null, 'attr() name')),
  batch,
  count: sizeOf,
  length: sizeOf,
  d: defaulted,
  default: defaulted,
  dictsort,
  first: (value) => elementsOf(value)[0] ?? new Undefined('No first item, sequence was empty.'),
  last: (value) => elementsOf(value).at(-1) ?? new Undefined('No last item, sequence was empty.'),
  float: toFloat,
  groupby,
  int: toInteger,
  items: (value) => {
    if (value instanceof Undefined) return new Stream([]);
    if (!(value instanceof Map)) throw new TemplateError('Can only get item pairs from a mapping.');
    return new Stream([...value].map((pair: [Value, Value]) => new Tuple(pair)));
  },
  list: (value) => [...elementsOf(value)],
  map,
  max: extreme(1),
  min: extreme(-1),
  reject: select(false, false),
  rejectattr: select(false, true),
  select: select(true, false),
  selectattr: select(true, true),
  reverse: (value) =>
    typeof value === 'string' ? [...value].reverse().join('') : new Stream([...elementsOf(value)].reverse()),
  round,
  sort,
  sum: (value, args) => {
    const path = argument(args, 0, 'attribute');
    const start = argument(args, 1, 'start') ?? 0n;
    return elementsOf(value).reduce<Value>(
      (total, one) => binary('+', total, path === undefined ? one : attributeAt(one, path)),
      start,
    );
  },
  unique,
};
