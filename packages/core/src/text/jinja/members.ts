import { STRING_METHODS } from './string-methods.js';
import {
  asIndex,
  Callable,
  type Dict,
  equals,
  isList,
  type Methods,
  Namespace,
  Stream,
  TemplateError,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.js';

/** `object.name`: an attribute or method first, then an entry of that name. */
export function attribute(object: Value, name: string): Value {
  const own = ownAttribute(object, name);
  const found = own === undefined ? entry(object, name) : own;
  return found === undefined ? missing(object, name) : found;
}

/** `object[key]`: an entry first, then an attribute of that name. */
export function item(object: Value, key: Value): Value {
  const inside = entry(object, key);
  const found = inside === undefined && typeof key === 'string' ? ownAttribute(object, key) : inside;
  return found === undefined ? missing(object, key) : found;
}

/** `object[start:stop:step]` of a str, list or tuple. */
export function slice(object: Value, start: Value, stop: Value, step: Value): Value {
  const elements = typeof object === 'string' ? [...object] : object instanceof Tuple ? object.items : object;
  if (!isList(elements)) throw new TemplateError(`'${typeName(object)}' object can't be sliced`);
  const by = step === null ? 1 : asIndex(step, 'a slice step');
  if (by === 0) throw new TemplateError('slice step cannot be zero');
  const { length } = elements;
  const [lowest, highest] = by > 0 ? [0, length] : [-1, length - 1];
  const bound = (value: Value, otherwise: number): number => {
    if (value === null) return otherwise;
    const index = asIndex(value, 'a slice index');
    return Math.min(Math.max(index < 0 ? index + length : index, lowest), highest);
  };
  const [from, to] = by > 0 ? [bound(start, 0), bound(stop, length)] : [bound(start, length - 1), bound(stop, -1)];
  const taken: Value[] = [];
  for (let i = from; by > 0 ? i < to : i > to; i += by) taken.push(elements[i] ?? null);
  if (typeof object === 'string') return taken.join('');
  return object instanceof Tuple ? new Tuple(taken) : taken;
}

function missing(object: Value, key: Value): Undefined {
  if (object instanceof Undefined) throw new TemplateError(object.what);
  const name = typeof key === 'string' ? `'${key}'` : String(key);
  return new Undefined(`'${typeName(object)} object' has no attribute ${name}`);
}

function entry(object: Value, key: Value): Value | undefined {
  if (object instanceof Map) return object.get(key);
  const elements = typeof object === 'string' ? [...object] : object instanceof Tuple ? object.items : object;
  if (!isList(elements) || (typeof key !== 'bigint' && typeof key !== 'boolean')) return undefined;
  const index = Number(key);
  return elements[index < 0 ? index + elements.length : index];
}

function ownAttribute(object: Value, name: string): Value | undefined {
  if (typeof object === 'string') return method(STRING_METHODS, object, name);
  if (object instanceof Namespace) return object.attributes.get(name);
  if (object instanceof Map) return method(DICT_METHODS, object, name);
  const elements = object instanceof Tuple ? object.items : object;
  return isList(elements) ? method(LIST_METHODS, elements, name) : undefined;
}

/** The method of this name, bound to the object; `undefined` if there is none. */
function method<T>(methods: Methods<T>, object: T, name: string): Callable | undefined {
  const found = Object.hasOwn(methods, name) ? methods[name] : undefined;
  return found && new Callable(name, (args) => found(object, args));
}

const DICT_METHODS: Methods<Dict> = {
  get: (dict, { positional: [key = null, otherwise], keywords }) =>
    dict.get(key) ?? (dict.has(key) ? null : (otherwise ?? keywords.get('default') ?? null)),
  items: (dict) => {
    const pairs = [...dict].map((pair) => new Tuple(pair));
    return new Stream(pairs, 'dict_items');
  },
  keys: (dict) => new Stream([...dict.keys()], 'dict_keys'),
  values: (dict) => new Stream([...dict.values()], 'dict_values'),
  copy: (dict) => new Map(dict),
  ...unsafe('dict', 'pop popitem update setdefault clear'),
};

const LIST_METHODS: Methods<readonly Value[]> = {
  index: (elements, { positional: [wanted = null] }) => {
    const at = elements.findIndex((one) => equals(one, wanted));
    if (at < 0) throw new TemplateError('the value is not in the list');
    return BigInt(at);
  },
  count: (elements, { positional: [wanted = null] }) => BigInt(elements.filter((one) => equals(one, wanted)).length),
  copy: (elements) => [...elements],
  ...unsafe('list', 'append extend insert pop remove reverse sort clear'),
};

/** Chat templates run in a sandbox that lets nothing be changed. */
function unsafe(type: string, names: string): Readonly<Record<string, () => Value>> {
  const refuse = (name: string) => (): Value => {
    throw new TemplateError(`access to attribute '${name}' of '${type}' object is unsafe`);
  };
  return Object.fromEntries(names.split(' ').map((name) => [name, refuse(name)]));
}
